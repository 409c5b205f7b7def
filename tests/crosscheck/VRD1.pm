package VRD1;
# VRD-1 a third time, written from docs/draw.md with nothing but Perl's own modules. Numbers in comments are its sections.
# It favours the definition over speed: LFA is found by asking, pair by pair in ticket order, whether a balanced
# assignment with that pair still exists.
use strict;
use warnings;
use B           ();
use Digest::SHA ();
use Encode      ();
use JSON::PP    ();
use Math::BigInt;

my $TWO256 = Math::BigInt->new(2)->bpow(256);
my $TWO257 = Math::BigInt->new(2)->bpow(257);

# ---------- hashes (section 2) ----------
sub rotl { my ($x, $n) = @_; $n &= 31; return $n ? (($x << $n) | ($x >> (32 - $n))) & 0xffffffff : $x; }

sub sm3 {
    my ($message) = @_;
    my $bits = 8 * length $message;
    $message .= "\x80" . ("\0" x ((55 - length($message)) % 64)) . pack('Q>', $bits);
    my @h = (0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e);
    for my $block (unpack '(a64)*', $message) {
        my @w = unpack 'N16', $block;
        for my $j (16 .. 67) {
            my $x = $w[$j - 16] ^ $w[$j - 9] ^ rotl($w[$j - 3], 15);
            $w[$j] = $x ^ rotl($x, 15) ^ rotl($x, 23) ^ rotl($w[$j - 13], 7) ^ $w[$j - 6];
        }
        my ($a, $b, $c, $d, $e, $f, $g, $k) = @h;
        for my $j (0 .. 63) {
            my $t   = $j < 16 ? 0x79cc4519 : 0x7a879d8a;
            my $ss1 = rotl((rotl($a, 12) + $e + rotl($t, $j)) & 0xffffffff, 7);
            my $ss2 = $ss1 ^ rotl($a, 12);
            my $ff  = $j < 16 ? $a ^ $b ^ $c : ($a & $b) | ($a & $c) | ($b & $c);
            my $gg  = $j < 16 ? $e ^ $f ^ $g : ($e & $f) | (~$e & 0xffffffff & $g);
            my $tt1 = ($ff + $d + $ss2 + ($w[$j] ^ $w[$j + 4])) & 0xffffffff;
            my $tt2 = ($gg + $k + $ss1 + $w[$j]) & 0xffffffff;
            ($d, $c, $b, $a) = ($c, rotl($b, 9), $a, $tt1);
            ($k, $g, $f, $e) = ($g, rotl($f, 19), $e, $tt2 ^ rotl($tt2, 9) ^ rotl($tt2, 17));
        }
        my @v = ($a, $b, $c, $d, $e, $f, $g, $k);
        $h[$_] ^= $v[$_] for 0 .. 7;
    }
    return pack 'N8', @h;
}

sub digest { my ($profile, $message) = @_; return $profile eq 'sm3' ? sm3($message) : Digest::SHA::sha256($message); }

sub hmac {
    my ($profile, $key, $message) = @_;
    return Digest::SHA::hmac_sha256($message, $key) if $profile ne 'sm3';
    $key = digest($profile, $key) if length $key > 64;
    $key .= "\0" x (64 - length $key);
    return digest($profile, ($key ^ ("\x5c" x 64)) . digest($profile, ($key ^ ("\x36" x 64)) . $message));
}

sub forward { my ($profile, $value, $steps) = @_; $value = digest($profile, $value) for 1 .. $steps; return $value; }

# ---------- canonical JSON and Merkle tree (section 2) ----------
sub quote { my ($text) = @_; $text =~ s/(["\\])/\\$1/g; return qq("$text"); }

sub canonical {    # characters in, characters out
    my ($value) = @_;
    return 'null' unless defined $value;
    return '{' . join(',', map { quote($_) . ':' . canonical($value->{$_}) } sort keys %$value) . '}' if ref $value eq 'HASH';
    return '[' . join(',', map { canonical($_) } @$value) . ']' if ref $value eq 'ARRAY';
    return $value ? 'true' : 'false' if ref $value;
    return quote($value) if is_text(\$value);
    die "a number beyond 2^53\n" if abs($value) >= 2**53;
    return "$value";
}

sub is_text {    # a number as long as nobody has read it as text
    my $flags = B::svref_2object($_[0])->FLAGS;
    return !($flags & (B::SVp_IOK | B::SVp_NOK)) || $flags & B::SVp_POK;
}

sub bytes { return Encode::encode('UTF-8', canonical($_[0])); }
sub leaf  { my ($profile, $data) = @_; return digest($profile, "\0" . $data); }

sub root {
    my ($profile, @leaves) = @_;
    return digest($profile, '') unless @leaves;
    return $leaves[0] if @leaves == 1;
    my $half = 1;
    $half *= 2 while 2 * $half < @leaves;
    return digest($profile, "\1" . root($profile, @leaves[0 .. $half - 1]) . root($profile, @leaves[$half .. $#leaves]));
}

# ---------- sources, codes, tickets (section 4) ----------
sub bits_milli {    # floor(1000 log2(outcomes))
    my ($source) = @_;
    return 8000 * $source->{bytes} if $source->{kind} eq 'hex';
    my $outcomes = Math::BigInt->new($source->{kind} eq 'number' ? $source->{below} : 1);
    if ($source->{kind} eq 'numbers') {
        $outcomes->bmul($source->{of} - $source->{pick} + $_)->bdiv($_) for 1 .. $source->{pick};
    }
    my $near = 1000 * log($outcomes->numify) / log 2;
    return int $near if abs($near - int($near + 0.5)) > 1e-6;    # else only the long way decides
    my $hex = substr $outcomes->bpow(1000)->as_hex, 2;
    return 4 * (length($hex) - 1) + length(sprintf '%b', hex substr $hex, 0, 1) - 1;
}

sub part {
    my ($source, $value) = @_;
    if ($source->{kind} eq 'hex') {    # drand: the randomness is SHA-256 of the signature
        die "randomness of $source->{id}\n" if $source->{chain} && $value->{text} ne 'unavailable'
            && lc $value->{text} ne Digest::SHA::sha256_hex(pack 'H*', $value->{signature});
        return lc($value->{text}) . './';
    }
    return join('', map { "$_." } sort { $a <=> $b } @{ $value->{values} }) . '/';
}

sub commitment { my ($commit) = @_; return digest($commit->{hash}, bytes($commit)); }

sub stage_key {    # the codes must lead to the anchors
    my ($commit, $string, $index, $codes) = @_;
    my ($profile, $chains) = ($commit->{hash}, $commit->{otc}{chains});
    for my $k (0 .. $#$chains) {
        my $end = unpack 'H*', forward($profile, pack('H*', $codes->[$k]), $index);
        die "code of $chains->[$k]{holder}\n" if $end ne $chains->[$k]{anchor} || $index >= $chains->[$k]{n};
    }
    return hmac($profile, pack('H*', join '', @$codes), commitment($commit) . Encode::encode('UTF-8', $string));
}

sub number { return Math::BigInt->from_hex('0x' . unpack 'H*', $_[0]); }

sub ticket {
    my ($profile, $prk, @parts) = @_;
    return hmac($profile, $prk, Encode::encode('UTF-8', join '/', 'vrd1', @parts) . "\1");
}

sub below {    # uniform integer below $m by rejection
    my ($profile, $prk, $m, @parts) = @_;
    my $limit = $TWO256->copy->bdiv($m)->bmul($m);
    for (my $i = 0; ; $i++) {
        my $u = number(ticket($profile, $prk, @parts, $i));
        return $u->bmod($m) if $u < $limit;
    }
}

# ---------- how many (section 5) ----------
sub size {
    my ($rule, $count) = @_;
    return $rule->{size} if exists $rule->{size};
    my $n = int(($count * $rule->{ratio}[0] + $rule->{ratio}[1] - 1) / $rule->{ratio}[1]);
    return $n < 1 ? 1 : $n;
}

sub allocate {    # r, and a hash of stratum => size
    my ($profile, $prk, $label, $counts, $n) = @_;
    my ($total, $before, %sizes) = (0, 0);
    $total += $_ for values %$counts;
    my $r = below($profile, $prk, $total, 'alloc', $label)->numify;
    for my $code (sort keys %$counts) {
        my $after = $before + $counts->{$code};
        $sizes{$code} = int(($after * $n + $r) / $total) - int(($before * $n + $r) / $total);
        $before = $after;
    }
    return ($r, \%sizes);
}

# ---------- who (section 6) ----------
sub lambdas {    # weight => [a, b, is sure]
    my ($counts, $places, $table) = @_;
    my (%found, %rest, $total);
    %rest = %$counts;
    $total += $_ * $rest{$_} for keys %rest;
    while ($places > 0) {
        my @sure = grep { $places * $_ >= $total } keys %rest or last;
        for my $weight (@sure) {
            $found{$weight} = [1, 1, 1];
            $places -= $rest{$weight};
            $total  -= $weight * delete $rest{$weight};
        }
    }
    for my $weight (keys %rest) {
        my ($a, $b) = (Math::BigInt->new($places)->bmul($weight), Math::BigInt->new($total));
        my $by = Math::BigInt::bgcd($a, $b);
        $found{$weight} = $table ? [Math::BigInt->new(substr $table->{$weight}, 2), Math::BigInt->new(10)->bpow(18), 0]
            : [scalar $a->bdiv($by), scalar $b->bdiv($by), 0];
    }
    return \%found;
}

sub pareto {    # floor((2U+1)(b-a)2^256 / ((2^257-2U-1)a))
    my ($u, $a, $b) = @_;
    my $odd = $u->copy->bmul(2)->badd(1);
    my $top = $odd->copy->bmul($b->copy->bsub($a))->bmul($TWO256);
    return scalar $top->bdiv($TWO257->copy->bsub($odd)->bmul($a));    # in a list, bdiv gives the remainder too
}

sub order {    # lots [key, ticket in hex, id, weight], and the lambdas; equal lengths of hex compare as numbers
    my ($profile, $prk, $stratum, $weights, $places, $table) = @_;
    my %counts;
    $counts{$_}++ for values %$weights;
    my $lambdas = lambdas(\%counts, $places, $table);
    my $even = keys(%counts) == 1 || $places == 0;
    my @lots;
    for my $id (keys %$weights) {
        my $hex = unpack 'H*', ticket($profile, $prk, 'draw', $stratum, $id);
        my ($a, $b, $sure) = @{ $lambdas->{ $weights->{$id} } };
        push @lots, [$sure ? -1 : $even ? 0 : pareto(Math::BigInt->from_hex($hex), $a, $b), $hex, $id, $weights->{$id}];
    }
    return ([sort { $a->[0] <=> $b->[0] || $a->[1] cmp $b->[1] || $a->[2] cmp $b->[2] } @lots], $lambdas);
}

sub inclusion {    # weight => probability: counting by one target at a time, integral over v in (0, 1) of t = v / (1 - v)
    my ($counts, $places, $lambdas) = @_;
    my %found = map { $_ => $places ? 1 : 0 } keys %$counts;
    my @rest = grep { $places && !$lambdas->{$_}[2] } keys %$counts;
    my $left = $places;
    $left -= $counts->{$_} for grep { $lambdas->{$_}[2] } keys %$counts;
    my %odds = map { my ($a, $b) = @{ $lambdas->{$_} }; $_ => $a->numify / ($b - $a)->numify } @rest;
    for my $weight (@rest) {
        next if @rest == 1 and $found{$weight} = $left / $counts->{$weight};
        my $sum = 0;
        for my $k (-100 .. 100) {
            my $x = 3.4 * $k / 100;
            my $grow = exp(3.14159265358979323846 * (exp($x) - exp(-$x)) / 2);
            my ($v, $r) = ($grow / (1 + $grow), 1 / (1 + $grow));
            my @below = (1, (0) x ($left - 1));    # chances that 0, 1, ... others lie below
            for my $other (@rest) {
                my $p = $v * $odds{$other} / ($r + $v * $odds{$other});
                for (1 .. $counts->{$other} - ($other == $weight)) {
                    $below[$_] = $below[$_] * (1 - $p) + ($_ ? $below[$_ - 1] * $p : 0) for reverse 0 .. $left - 1;
                }
            }
            my $chance = 0;
            $chance += $_ for @below;
            $sum += $chance * $odds{$weight} / ($r + $v * $odds{$weight})**2
                * 0.034 * 3.14159265358979323846 * (exp($x) + exp(-$x)) / 2 * $v * $r;
        }
        $found{$weight} = $sum;
    }
    return \%found;
}

# ---------- teams, by definition (section 8) ----------
# Least sum of squared loads over all assignments that keep the pairs fixed in (1) or out (-1), by shortest augmenting
# paths. Returns (sum, pairs in), or (undef, certificate) where a place cannot be filled.
sub least {
    my ($need, $base, $cap, $allowed, $state) = @_;
    my ($m, $n) = (scalar @$need, scalar @$base);
    my @load = @$base;
    my %in;
    for my $j (0 .. $m - 1) {
        for my $i (grep { ($state->{"$j,$_"} // 0) == 1 } @{ $allowed->[$j] }) {
            $in{"$j,$i"} = 1;
            return (undef, undef) if defined $cap->[$i] && ++$load[$i] > $cap->[$i];
            $load[$i]++ unless defined $cap->[$i];
        }
    }
    for my $j (0 .. $m - 1) {
        my $kept = grep { $in{"$j,$_"} && ($state->{"$j,$_"} // 0) == 1 } @{ $allowed->[$j] };
        return (undef, undef) if $kept > $need->[$j];
        for (1 .. $need->[$j] - $kept) {
            my (%from, @queue);    # nodes t<j> and i<i>
            $from{"t$j"} = '';
            @queue = ("t$j");
            while (@queue) {
                my $node = shift @queue;
                my $x = substr $node, 1;
                my @next = $node =~ /^t/
                    ? map { "i$_" } grep { !$in{"$x,$_"} && ($state->{"$x,$_"} // 0) == 0 } @{ $allowed->[$x] }
                    : map { "t$_" } grep { $in{"$_,$x"} && ($state->{"$_,$x"} // 0) == 0 } 0 .. $m - 1;
                for my $other (grep { !exists $from{$_} } @next) { $from{$other} = $node; push @queue, $other; }
            }
            my ($best) = sort { $load[$a] <=> $load[$b] || $a <=> $b }
                grep { exists $from{"i$_"} && (!defined $cap->[$_] || $load[$_] < $cap->[$_]) } 0 .. $n - 1;
            return (undef, \%from) unless defined $best;
            $load[$best]++;
            for (my $node = "i$best"; $node ne "t$j"; $node = $from{$node}) {
                my ($a, $b) = (substr($node, 1), substr($from{$node}, 1));
                if ($node =~ /^i/) { $in{"$b,$a"} = 1 } else { delete $in{"$a,$b"} }
            }
        }
    }
    my $sum = 0;
    $sum += $_ * $_ for @load;
    return ($sum, \%in);
}

sub lfa {    # all by name; $ticket->(target, person) gives hex. Returns (teams, squares), or (undef, certificate)
    my ($demand, $allowed, $base, $cap, $forced, $ticket) = @_;
    my @targets = sort keys %$demand;
    my @people  = sort keys %$base;
    my (%kept, %number, @load, @need, @may, @order);
    @number{@people} = 0 .. $#people;
    @load = map { $base->{$_} } @people;
    for my $pair (@$forced) { $kept{ $pair->[0] }{ $pair->[1] } = 1; $load[$number{ $pair->[1] }]++; }
    for my $j (0 .. $#targets) {
        my $own = $kept{ $targets[$j] } // {};
        $need[$j] = $demand->{ $targets[$j] } - keys %$own;
        $need[$j] = 0 if $need[$j] < 0;
        $may[$j] = [sort { $a <=> $b } map { $number{$_} } grep { exists $number{$_} && !$own->{$_} } @{ $allowed->{ $targets[$j] } // [] }];
        push @order, map { [$ticket->($targets[$j], $people[$_]), $j, $_] } @{ $may[$j] } if $need[$j];
    }
    my @caps = map { $cap->{$_} } @people;
    my ($optimum, $in) = least(\@need, \@load, \@caps, \@may, {});
    if (!defined $optimum) {
        my @rows    = grep { exists $in->{"t$_"} } 0 .. $#targets;
        my @reached = grep { exists $in->{"i$_"} } 0 .. $#people;
        my ($want, $supply) = (0, 0);
        for my $i (@reached) { my $room = ($caps[$i] // 0) - $load[$i]; $supply += $room if $room > 0; }
        for my $j (@rows) { $want += $need[$j]; $supply += grep { !exists $in->{"i$_"} } @{ $may[$j] }; }
        return (undef, { targets => [@targets[@rows]], inspectors => [@people[@reached]], demand => $want, supply => $supply });
    }
    my %state;
    for my $pair (sort { $a->[0] cmp $b->[0] || $a->[1] <=> $b->[1] || $a->[2] <=> $b->[2] } @order) {
        my $name = "$pair->[1],$pair->[2]";
        $state{$name} = 1;
        next if $in->{$name};
        my ($sum, $other) = least(\@need, \@load, \@caps, \@may, \%state);
        if (defined $sum && $sum == $optimum) { $in = $other } else { $state{$name} = -1 }
    }
    my %teams = map { $_ => [keys %{ $kept{$_} // {} }] } @targets;
    for my $name (keys %$in) { my ($j, $i) = split /,/, $name; push @{ $teams{ $targets[$j] } }, $people[$i]; }
    return ({ map { $_ => [sort @{ $teams{$_} }] } @targets }, $optimum);
}

sub lead {    # of those who may lead, the lowest ticket
    my ($profile, $prk, $target, @able) = @_;
    my ($best) = sort { $a->[0] cmp $b->[0] || $a->[1] cmp $b->[1] } map { [ticket($profile, $prk, 'lead', $target, $_), $_] } @able;
    return $best && $best->[1];
}

# ---------- bounded mode: dependent rounding (section 9) ----------
sub bounded {
    my ($profile, $prk, $shares, $d) = @_;
    my @pairs = map { { t => $_->[0], i => $_->[1], x => $_->[2] } } sort { $a->[0] cmp $b->[0] || $a->[1] cmp $b->[1] } @$shares;
    for (my $step = 0; ; $step++) {
        my @loose = grep { $_->{x} > 0 && $_->{x} < $d } @pairs or last;
        my %ends;
        for my $pair (@loose) { push @{ $ends{"0$pair->{t}"} }, $pair; push @{ $ends{"1$pair->{i}"} }, $pair; }
        my ($here) = ((grep { @{ $ends{$_} } == 1 } sort keys %ends), sort keys %ends);
        my (@walk, %used, %place);
        $place{$here} = 0;
        while (my ($pair) = grep { !$used{ $_ + 0 } } @{ $ends{$here} }) {
            push @walk, $pair;
            $used{ $pair + 0 } = 1;
            $here = $here =~ /^0/ ? "1$pair->{i}" : "0$pair->{t}";
            if (exists $place{$here}) { @walk = @walk[$place{$here} .. $#walk]; last; }
            $place{$here} = @walk;
        }
        my ($up, $down) = ($d, $d);
        for my $k (0 .. $#walk) {
            my ($low, $high) = ($walk[$k]{x}, $d - $walk[$k]{x});
            ($low, $high) = ($high, $low) if $k % 2;
            $down = $low if $low < $down;
            $up = $high if $high < $up;
        }
        my $move = below($profile, $prk, $up + $down, 'round', $step) < $down ? $up : -$down;
        $walk[$_]{x} += $_ % 2 ? -$move : $move for 0 .. $#walk;
    }
    my %teams = map { $_->{t} => [] } @pairs;
    push @{ $teams{ $_->{t} } }, $_->{i} for grep { $_->{x} } @pairs;
    return \%teams;
}

1;
