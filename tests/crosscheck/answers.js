/* The questions of cases.py answered with the functions of portal/verify.html. Runs inside the page. */
function answerOf(one) {
  const object = (map) => Object.fromEntries(map);
  const profile = () => vrd.profile(one.hash || 'sha256');
  const ticket = () => vrd.tickets(profile(), vrd.unhex(one.key));
  const kinds = {
    hash() {
      const hash = profile(), data = vrd.unhex(one.data), key = vrd.unhex(one.key), prk = hash.mac(key, data), info = vrd.utf8('info');
      const first = hash.mac(prk, vrd.concat([info, Uint8Array.of(1)])), second = hash.mac(prk, vrd.concat([first, info, Uint8Array.of(2)]));
      return { digest: vrd.hex(hash.digest(data)), mac: vrd.hex(hash.mac(key, data)), expand40: vrd.hex(vrd.concat([first, second])).slice(0, 80) };
    },
    merkle() {
      const leaves = Array.from({ length: one.count }, (_, k) => vrd.leaf(profile(), vrd.utf8(String(k))));
      return { root: vrd.hex(vrd.merkleRoot(profile(), leaves)) };
    },
    chain() {
      const secret = vrd.unhex(one.secret);
      return { anchor: vrd.hex(vrd.forward(profile(), secret, one.n)), code: vrd.hex(vrd.forward(profile(), secret, one.n - one.index)) };
    },
    below: () => ({ value: String(vrd.below(ticket(), one.limit, 'alloc', one.label)) }),
    canonical() {
      const bytes = vrd.utf8(vrd.canonical(vrd.bare(one.value)));
      return { bytes: vrd.hex(bytes), sha256: vrd.hex(vrd.profile('sha256').digest(bytes)) };
    },
    entropy: () => ({ bits_milli: one.sources.map(vrd.bitsMilli), string: one.sources.map((source, k) => vrd.part(source, one.given[k])).join('') }),
    allocate() {
      const { start, sizes } = vrd.allocate(ticket(), one.label, Object.entries(one.counts), one.n);
      return { start, sizes: object(sizes) };
    },
    order() {
      const { lots, lambdas } = vrd.order(ticket(), one.stratum, new Map(Object.entries(one.weights)), one.places, one.calibrated || null);
      return {
        order: lots.map((lot) => lot.id), lambda: object([...lambdas].map(([weight, share]) => [weight, share.a + '/' + share.b])),
        first_ticket: lots[0].ticket, first_key: String(lots[0].key)
      };
    },
    pi() {
      const counts = new Map(Object.entries(one.counts).map(([weight, count]) => [Number(weight), count]));
      if (vrd.deviation(counts, one.places, one.calibrated) > 1e-9) throw new Error('not calibrated');
      return { pi: object([...vrd.inclusion(counts, one.places, vrd.lambdasOf(counts, one.places, null))].map(([weight, value]) => [weight, value.toFixed(15)])) };
    },
    lfa() {
      const map = (row) => new Map(Object.entries(row)), draw = ticket();
      const found = vrd.solve({ need: map(one.demand), allowed: map(one.allowed), base: map(one.base), cap: map(one.cap), forced: one.forced },
        (target, person) => draw('assign', target, person));
      if (found.certificate) return { teams: null, certificate: found.certificate };
      const leads = object([...found.teams].map(([target, team]) => [target, vrd.leadOf(draw, target, team, new Set(team))]));
      return { teams: object(found.teams), leads, squares: vrd.squares(found) };
    },
    bounded: () => ({ teams: object(vrd.roundMarginals(ticket(), one.shares, one.denominator)) }),
    stages: () => ({
      commitment: vrd.commitment(vrd.bare(one.commit)),
      steps: one.steps.map((step) => ({ ...step, prk: vrd.hex(vrd.stageKey(vrd.bare(one.commit), one.entropy, step.index, step.codes)) }))
    })
  };
  return kinds[one.kind]();
}
