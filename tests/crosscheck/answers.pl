#!/usr/bin/perl
# Answers the questions of cases.py, one JSON object per line in and out, with VRD1.pm.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VRD1;

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
sub hex_of { return unpack 'H*', $_[0]; }
sub raw    { return pack 'H*', $_[0]; }

my %answer = (
    hash => sub {
        my ($one) = @_;
        my ($h, $data, $key) = ($one->{hash}, raw($one->{data}), raw($one->{key}));
        my $prk   = VRD1::hmac($h, $key, $data);
        my $first = VRD1::hmac($h, $prk, "info\1");
        my $long  = $first . VRD1::hmac($h, $prk, $first . "info\2");
        return { digest => hex_of(VRD1::digest($h, $data)), mac => hex_of($prk), expand40 => substr hex_of($long), 0, 80 };
    },
    merkle => sub {
        my ($one) = @_;
        return { root => hex_of(VRD1::root($one->{hash}, map { VRD1::leaf($one->{hash}, $_) } 0 .. $one->{count} - 1)) };
    },
    chain => sub {
        my ($one) = @_;
        my $at = sub { hex_of(VRD1::forward($one->{hash}, raw($one->{secret}), $_[0])) };
        return { anchor => $at->($one->{n}), code => $at->($one->{n} - $one->{index}) };
    },
    below => sub {
        my ($one) = @_;
        return { value => '' . VRD1::below($one->{hash}, raw($one->{key}), $one->{limit}, 'alloc', $one->{label}) };
    },
    canonical => sub {
        my ($one) = @_;
        my $bytes = VRD1::bytes($one->{value});
        return { bytes => hex_of($bytes), sha256 => hex_of(VRD1::digest('sha256', $bytes)) };
    },
    entropy => sub {
        my ($one) = @_;
        my @sources = @{ $one->{sources} };
        my $string = join '', map { VRD1::part($sources[$_], $one->{given}[$_]) } 0 .. $#sources;
        return { string => $string, bits_milli => [map { VRD1::bits_milli($_) } @sources] };
    },
    allocate => sub {
        my ($one) = @_;
        my ($r, $sizes) = VRD1::allocate('sha256', raw($one->{key}), $one->{label}, $one->{counts}, $one->{n});
        return { start => $r, sizes => $sizes };
    },
    order => sub {
        my ($one) = @_;
        my ($lots, $lambdas) = VRD1::order($one->{hash}, raw($one->{key}), $one->{stratum}, $one->{weights}, $one->{places}, $one->{calibrated});
        return {
            order => [map { $_->[2] } @$lots], first_ticket => $lots->[0][1], first_key => "$lots->[0][0]",
            lambda => { map { $_ => "$lambdas->{$_}[0]/$lambdas->{$_}[1]" } keys %$lambdas },
        };
    },
    pi => sub {
        my ($one) = @_;
        my $plain = VRD1::lambdas($one->{counts}, $one->{places});
        my $met   = VRD1::inclusion($one->{counts}, $one->{places}, VRD1::lambdas($one->{counts}, $one->{places}, $one->{calibrated}));
        for my $weight (keys %$met) {
            my ($a, $b, $sure) = @{ $plain->{$weight} };
            die "not calibrated\n" if !$sure && abs($met->{$weight} * $b->numify / $a->numify - 1) > 1e-9;
        }
        my $found = VRD1::inclusion($one->{counts}, $one->{places}, $plain);
        return { pi => { map { $_ => sprintf '%.15f', $found->{$_} } keys %$found } };
    },
    lfa => sub {
        my ($one) = @_;
        my $key = raw($one->{key});
        my $ticket = sub { VRD1::ticket('sha256', $key, 'assign', @_) };
        my ($teams, $rest) = VRD1::lfa($one->{demand}, $one->{allowed}, $one->{base}, $one->{cap}, $one->{forced}, $ticket);
        return { teams => undef, certificate => $rest } unless $teams;
        my %leads = map { $_ => scalar VRD1::lead('sha256', $key, $_, @{ $teams->{$_} }) } keys %$teams;
        return { teams => $teams, squares => $rest, leads => \%leads };
    },
    bounded => sub {
        my ($one) = @_;
        return { teams => VRD1::bounded('sha256', raw($one->{key}), $one->{shares}, $one->{denominator}) };
    },
    stages => sub {
        my ($one) = @_;
        my @steps = map { { %$_, prk => hex_of(VRD1::stage_key($one->{commit}, $one->{entropy}, $_->{index}, $_->{codes})) } } @{ $one->{steps} };
        return { commitment => hex_of(VRD1::commitment($one->{commit})), steps => \@steps };
    },
);

$| = 1;
while (my $line = <STDIN>) {
    my $one = $json->decode($line);
    my $found = eval { $answer{ $one->{kind} }->($one) } || { error => "$@" };
    print $json->encode($found), "\n";
}
