// The document of a running stack, its table, and the summary.
#include "tunic/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tunic/doctor.hpp"
#include "tunic/ss.hpp"

namespace tunic::command {
namespace {

using testing::HasSubstr;

StackReport example() {
  StackReport report{.process = 42, .address = "10.9.0.2/24", .device = "tunic0", .info = {}, .counters = {}};
  report.info.listeners.push_back({.local = {Ipv4Address(10, 9, 0, 2), 80}, .accept_queue = 3, .backlog = 128});
  ConnectionInfo connection{.number = 1,
                            .local = {Ipv4Address(10, 9, 0, 2), 80},
                            .remote = {Ipv4Address(10, 9, 0, 1), 40000},
                            .state = TcpState::Established,
                            .cwnd = 14600,
                            .ssthresh = 0xffffffff,
                            .in_flight = 1460,
                            .unsent = 100,
                            .unacked = 1460,
                            .unread = 7,
                            .srtt = std::chrono::microseconds(1250),
                            .rto = std::chrono::milliseconds(201)};
  report.info.connections.push_back(connection);
  connection.state = TcpState::TimeWait;
  report.info.connections.push_back(connection);
  report.info.udp.push_back({.local = {Ipv4Address(), 7}, .remote = {}, .receive_queue = 96, .dropped = 2});
  report.info.udp.push_back(
      {.local = {Ipv4Address(10, 9, 0, 2), 40001}, .remote = Endpoint{Ipv4Address(10, 9, 0, 1), 53}, .send_queue = 28});
  report.info.time_wait = 1;
  report.counters.packets_in = 5;
  report.counters.drops[static_cast<std::size_t>(Why::DropTcpChecksum)] = 2;
  return report;
}

TEST(Report, TimeWaitIsNotAnOpenConnection) {
  EXPECT_EQ(open_connections(example().info), 1U);
}

TEST(Report, TheSummaryIsOneLineOfJson) {
  EXPECT_EQ(summary_json(example()),
            R"({"summary":"end of serving","connections_open":1,"time_wait":1,"bytes_queued":0,)"
            R"("packet_memory":0,"packets_in":5,)"
            R"("packets_out":0,"bytes_in":0,"bytes_out":0,"drops":{"DropTcpChecksum":2}})");
}

TEST(Report, TheSummaryForPeopleNamesTheDrops) {
  EXPECT_EQ(summary_text(example()),
            "1 connections open, 1 in TIME-WAIT, 0 bytes queued; packets: 5 in, 0 out; DropTcpChecksum 2");
}

TEST(Report, TheDocumentBecomesATable) {
  const std::string table = sockets_table(sockets_json(example()));
  EXPECT_EQ(
      table,
      "Process 42: 10.9.0.2/24 on tunic0\n"
      "State          Recv-Q   Send-Q  Local                 Remote                     cwnd  ssthresh   rtt ms   "
      "rto ms in flight\n"
      "LISTEN              3      128  10.9.0.2:80           *\n"
      "ESTABLISHED         7     1560  10.9.0.2:80           10.9.0.1:40000            14600         -      1.2    "
      "201.0      1460\n"
      "TIME-WAIT           7     1560  10.9.0.2:80           10.9.0.1:40000            14600         -      1.2    "
      "201.0      1460\n"
      "UDP UNCONN         96        0  0.0.0.0:7             *                             2 dropped\n"
      "UDP ESTAB           0       28  10.9.0.2:40001        10.9.0.1:53                   0 dropped\n"
      "Packets: 5 in, 0 out, 0 KiB held. Dropped: DropTcpChecksum 2\n");
}

TEST(LinkDropCounter, CountsDropsAndPassesEventsOn) {
  struct Listener : Observer {
    void on_event(const Event&) override { ++heard; }
    int heard = 0;
  } listener;
  LinkDropCounter counter(&listener);
  counter.on_event({.at = {}, .kind = EventKind::Drop, .why = Why::LinkDrop});
  counter.on_event({.at = {}, .kind = EventKind::Send, .why = Why::LinkDuplicate});
  EXPECT_EQ(counter.dropped(Why::LinkDrop), 1U);
  EXPECT_EQ(counter.dropped(Why::LinkDuplicate), 0U);
  EXPECT_EQ(listener.heard, 2);
}

TEST(Doctor, AFailedCheckShowsItsFix) {
  const std::vector<Check> checks{{"kernel", true, "Linux", ""}, {"TUN node", false, "it is missing", "make it"}};
  EXPECT_EQ(checks_text(checks),
            "ok      kernel           Linux\n"
            "failed  TUN node         it is missing\n"
            "                         Fix: make it\n");
  EXPECT_THAT(checks_json(checks), HasSubstr("\"fix\": \"make it\""));
}

}  // namespace
}  // namespace tunic::command
