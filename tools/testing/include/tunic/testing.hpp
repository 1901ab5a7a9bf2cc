// All that tests of other projects need: packet scripts, captures, the segment-table DSL, and two stacks over a link.
//
//     tunic::testing::drill("handshake.pkt")      tunic/testing/drill.hpp: a packet script
//     tunic::testing::replay("loss.pcap")         tunic/testing/replay.hpp: a recorded conversation
//     tunic::testing::Story                       testing/story.hpp: a table of stimulus and reaction
//     tunic::sim::Pair                            sim/pair.hpp: two stacks over a link, in virtual time
//
// Each of them is independent of a test framework. With pkg-config tunic-testing, or CMake's find_package(tunic-testing).
#pragma once

#include <sim/pair.hpp>
#include <testing/story.hpp>
#include <tunic/testing/drill.hpp>
#include <tunic/testing/replay.hpp>
