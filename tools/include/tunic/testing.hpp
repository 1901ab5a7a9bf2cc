// All that libtunic-testing has for tests of programs and of stacks; no test framework is needed, and no privileges.
//
// A packet script (packetdrill's language), in virtual time:
//
//     const auto run = tunic::testing::drill("handshake.pkt");
//     EXPECT_TRUE(run) << run;
//
// A capture: the stack in the place of one of its hosts must do what that host did:
//
//     const auto run = tunic::testing::replay("loss.pcap", {.level = "strict"});
//     EXPECT_TRUE(run) << run;
//
// A story: stimulus and reaction in the same notation, one stack, the test is its peer (<tunic/testing/gtest.hpp> for fail_test):
//
//     tunic::testing::Story story(tunic::testing::fail_test);
//     story.listen(80);
//     story.inject("S 0:0(0) win 65535 <mss 1460>");
//     story.expect("S. 0:0(0) ack 1 win 65535 <mss 1460>", tunic::Why::PassiveOpenReply);
//
// Two stacks and the link between them, with calls that wait in virtual time:
//
//     tunic::sim::PairSetup setup;
//     setup.rightward.rule = tunic::link::on_nth(2, tunic::link::carries_data, tunic::link::Fate::Drop);
//     setup.rightward.delay = 20ms;
//     tunic::sim::Pair pair(setup);
//     auto listener = tunic::TcpListener::listen(pair.right(), {pair.right_address(), 80}).value();
//     auto client = tunic::sim::connect(pair.network(), pair.left(), {pair.right_address(), 80}).value();
//     auto server = tunic::sim::accept(pair.network(), listener).value();
//
// All that a stack says of itself, compared with what it once said:
//
//     tunic::testing::Journal journal(tunic::sim::Network::kStart);
//     pair.left().observe(&journal);
//     const auto compared = tunic::testing::matches_golden("loss.golden", journal.story());
//     EXPECT_TRUE(compared) << compared;
//
// Same inputs, same seeds, same bytes and the same times, on every machine. Thread-safety: each header says its own.
#pragma once

#include <tunic/testing/drill.hpp>
#include <tunic/testing/golden.hpp>
#include <tunic/testing/replay.hpp>

#include "sim/blocking.hpp"
#include "sim/pair.hpp"
#include "testing/journal.hpp"
#include "testing/pattern.hpp"
#include "testing/story.hpp"
