#!/usr/bin/perl
# verify.pl FOLDER: a whole published folder judged from docs/draw.md alone. Prints one JSON object: the commitment, the
# root, the targets in order, the teams, and `wrong`, the list of everything that is not as it should be.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VRD1;

my $json   = JSON::PP->new->utf8->canonical;
my $folder = shift or die "verify.pl FOLDER\n";
my (@wrong, %out);

sub slurp { my ($name) = @_; open my $file, '<:raw', "$folder/$name" or return undef; local $/; return <$file>; }
sub expect { my ($name, $wanted, $found) = @_; push @wrong, $name if $wanted ne $found; }
sub hex_of { return unpack 'H*', $_[0]; }

# section 11: sums, and one content has one byte string
my $sums = slurp('SHA256SUMS') // '';
for my $line (split /\n/, $sums) {
    my ($digest, $name) = split /  /, $line, 2;
    expect("file.$name", $digest, hex_of(VRD1::digest('sha256', slurp($name) // '')));
    push @wrong, "name.$name" if $name !~ /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/ || -l "$folder/$name";
}
opendir my $home, $folder or die "$folder: $!\n";
expect('listed', join("\n", sort 'SHA256SUMS', map { (split /  /, $_, 2)[1] } split /\n/, $sums),
    join("\n", sort grep { !/^(\.\.?|internal\.json)$/ } readdir $home));
for my $line (split /\n/, slurp('SM3SUMS') // '') {
    my ($digest, $name) = split /  /, $line, 2;
    expect("sm3.$name", $digest, hex_of(VRD1::digest('sm3', slurp($name) // '')));
}
$out{root} = hex_of(VRD1::digest('sha256', $sums));
my %file;
for my $name (qw(commit rosters entropy otc draw eligibility ceremony assign)) {
    my $data = slurp("$name.json") // next;
    $file{$name} = $json->decode($data);
    expect("form.$name", (eval { VRD1::bytes($file{$name}) } // '') . "\n", $data);
}
my @log = map { $json->decode($_) } split /\n/, slurp('replacements.jsonl') // '';
$out{void} = @log && $log[-1]{kind} eq 'void' ? $log[-1]{reason} : undef;
my $commit = $file{commit};
my $h      = $commit->{hash};
$out{commitment} = hex_of(VRD1::commitment($commit));
expect("named.$_", $out{commitment}, $file{$_}{commitment}) for grep { $file{$_} } qw(entropy otc draw eligibility ceremony assign);
my $before = $out{commitment};
for my $line (@log) {
    my $link = hex_of(VRD1::digest($commit->{hash}, VRD1::bytes($line)));    # first, while its numbers are unread
    expect("log.$line->{seq}", $before, $line->{prev});
    $before = $link;
}

# section 10: a draw given up before its first code is its commitment and one line that says so
if (!$file{draw}) {
    expect('void', 'void', join ' ', map { $_->{kind} } @log) if @log;
    print $json->encode({ %out, drawn => [], teams => [], wrong => \@wrong }), "\n";
    exit;
}

# section 2: the registers are the sealed ones
for my $roster (sort keys %{ $commit->{rosters} }) {
    my @leaves = map { $_->{leaf} ? pack('H*', $_->{leaf}) : VRD1::leaf($h, VRD1::bytes($_)) } @{ $file{rosters}{$roster} };
    expect("seal.$roster", $commit->{rosters}{$roster}{root}, hex_of(VRD1::root($h, @leaves)));
    expect("count.$roster", $commit->{rosters}{$roster}{count}, scalar @leaves);
}

# section 4: numbers and codes give the keys
my %value = map { $_->{source} => $_ } @{ $file{entropy}{values} };
my %string;
for my $stage (qw(draw assign)) {
    my @sources = grep { $_->{stage} eq 'draw' || $stage eq 'assign' } @{ $commit->{entropy}{sources} };
    @sources = grep { !defined $_->{reserve_for} || ($value{ $_->{reserve_for} }{text} // '') eq 'unavailable' } @sources;
    $string{$stage} = eval { join '', map { VRD1::part($_, $value{ $_->{id} }) } @sources } // '';
    expect("entropy.$stage", $string{$stage}, $file{entropy}{strings}{$stage}) if $file{$stage} || $stage eq 'assign' && $file{ceremony};
}
my (%prk, $step);
for my $reveal (@{ $file{otc}{reveals} }) {
    expect("index.$reveal->{stage}", ++$step, $reveal->{index});
    my $key = eval { VRD1::stage_key($commit, $string{ $reveal->{stage} eq 'draw' ? 'draw' : 'assign' }, $reveal->{index}, $reveal->{codes}) };
    push @wrong, "code.$reveal->{stage}" unless defined $key;
    $prk{ $reveal->{stage} } //= $key;
}
expect("prk.$_", hex_of($prk{$_} // ''), $file{$_}{prk}) for grep { $file{$_} } qw(draw assign);
expect('prk.ceremony', hex_of($prk{assign} // ''), $file{ceremony}{prk}) if $file{ceremony};

# sections 5 and 6: how many, and who
my (%stratum, @order, %places);
for my $target (@{ $file{rosters}{targets} }) {
    my $weight = 1;
    $weight *= $commit->{weights}{$_}{ $target->{$_} } for keys %{ $commit->{weights} };
    $stratum{ $target->{stratum} // $target->{type} }{ $target->{id} } = $weight;
}
for my $type (@{ $commit->{types} }) {
    my %counts = map { $_->{stratum} => $_->{count} } @{ $type->{strata} };
    expect("size.$type->{type}", VRD1::size($type->{rule}, $type->{count}), $type->{n});
    my ($r, $sizes) = VRD1::allocate($h, $prk{draw}, $type->{type}, \%counts, $type->{n});
    for my $code (sort keys %counts) {
        my $table = $commit->{lambda}{$code} && $commit->{lambda}{$code}{ $sizes->{$code} };
        my ($lots) = VRD1::order($h, $prk{draw}, $code, $stratum{$code}, $sizes->{$code}, $table);
        push @order, map { { id => $lots->[$_][2], ticket => $lots->[$_][1], status => $_ < $sizes->{$code} ? 'drawn' : 'alternate' } } 0 .. $#$lots;
        $places{ $_->[2] } = $type for @$lots;
    }
}
my $short = sub { join ' ', map { "$_->{id}:$_->{ticket}:$_->{status}" } @_ };
expect('draw.order', $short->(@order), $short->(@{ $file{draw}{targets} }));
$out{drawn} = [map { $_->{id} } grep { $_->{status} eq 'drawn' } @order];

# sections 8 and 9: the teams; of a ceremony the table with the number of the balls, before the balls that of 000
my $made = $file{assign} // $file{ceremony};
if ($made) {
    my %team;
    my $number = $commit->{mode} ne 'ceremony' ? '' : $file{assign} ? join('', @{ $made->{choice}{balls} }) : '000';
    my @prefix = $number eq '' ? () : ('ceremony', $number);
    for my $kind (qw(inspectors experts)) {
        my ($matrix, $stage, $size) = ($file{eligibility}{$kind}, $kind eq 'experts' ? ('expert', 'experts') : ('assign', 'team'));
        my @people = @{ $matrix->{people} };
        my (%allowed, %need);
        for my $row (@{ $matrix->{rows} }) {
            my @marks = split //, $row->{allowed};
            $allowed{ $row->{target} } = [map { $people[$_] } grep { $marks[$_] } 0 .. $#marks];
            $need{ $row->{target} } = $places{ $row->{target} }{$size};
        }
        my @crowd = grep { "$_->{kind}s" eq $kind } @{ $file{rosters}{capacity} };
        my @forced = $kind eq 'experts' ? () : map { [$_->{target}, $_->{person}] } @{ $made->{direct} };
        if ($commit->{mode} eq 'bounded' && $kind eq 'inspectors') {
            my @shares = map { my $row = $_; map { [$row->{target}, $_, $row->{shares}{$_}] } keys %{ $row->{shares} } } @{ $made->{choice}{rows} };
            my $teams = VRD1::bounded($h, $prk{assign}, \@shares, $made->{choice}{denominator});
            $team{$_}{$kind} = $teams->{$_} for keys %$teams;
            next;
        }
        my ($teams) = VRD1::lfa(\%need, \%allowed, { map { $_->{id} => $_->{load} } @crowd }, { map { $_->{id} => $_->{cap} } @crowd },
            \@forced, sub { VRD1::ticket($h, $prk{assign}, @prefix, $stage, @_) });
        $team{$_}{$kind} = $teams->{$_} for keys %$teams;
    }
    my %leads = map { $_->{id} => $_->{may_lead} } @{ $file{rosters}{capacity} };
    $out{teams} = [map { {
        target => $_, %{ $team{$_} }, lead => scalar VRD1::lead($h, $prk{assign}, $_, grep { $leads{$_} } @{ $team{$_}{inspectors} })
    } } sort keys %team];
    expect('assign.teams', $json->encode($out{teams}), $json->encode($file{assign}{teams})) if $file{assign};
    if ($commit->{mode} eq 'bounded' && defined slurp('marginals.json')) {
        expect('assign.shares', VRD1::bytes($made->{choice}) . "\n", slurp('marginals.json'));
    }
    if ($file{ceremony}) {
        my @lines = map { join('/', map { join ' ', @$_ } @$_{qw(inspectors experts)}) } @{ $out{teams} };
        expect('ceremony.targets', join(' ', map { $_->{target} } @{ $out{teams} }), join ' ', @{ $file{ceremony}{targets} });
        expect('ceremony.rows', 1000, scalar @{ $file{ceremony}{tables} });
        expect("ceremony.$number", join("\n", @lines), join "\n", @{ $file{ceremony}{tables}[$number] });
        expect('ceremony.hash', $made->{choice}{tables}, hex_of(VRD1::digest($h, VRD1::bytes($file{ceremony})))) if $file{assign};
    }
}
print $json->encode({ %out, wrong => \@wrong }), "\n";
