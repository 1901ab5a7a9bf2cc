// Events as lines for people and as JSON.
#include <gtest/gtest.h>

#include "text/event_json.hpp"
#include "text/event_text.hpp"

namespace tunic {
namespace {

using namespace std::chrono_literals;

const Endpoint kPeer{Ipv4Address(10, 9, 0, 1), 40000};
const Endpoint kStack{Ipv4Address(10, 9, 0, 2), 80};
constexpr Instant kStart{1h};

ConnectionInfo connection() {
  return {.number = 1,
          .local = kStack,
          .remote = kPeer,
          .state = TcpState::Established,
          .snd_wnd = 65535,
          .cwnd = 14600,
          .ssthresh = 0xffffffff,
          .in_flight = 1460};
}

SegmentInfo data_segment() {
  return {.source = kPeer,
          .destination = kStack,
          .seq = 0xfffffff1,
          .ack = 0x80000001,
          .flags = 0x18,
          .window = 502,
          .payload_size = 100,
          .seq_base = 0xfffffff0,
          .ack_base = 0x80000000};
}

/// That segment, a second after the beginning.
Event received(const ConnectionInfo& info) {
  return {.at = kStart + 1000123456ns,
          .kind = EventKind::Recv,
          .why = Why::SegmentInOrder,
          .connection = 1,
          .subject = data_segment(),
          .snapshot = &info};
}

TEST(ToLine, ShowsASegmentWithItsWindowsAndReason) {
  const ConnectionInfo info = connection();
  const Event event = received(info);
  EXPECT_EQ(to_line(event, kStart),
            "  1.000123   #1 < P. 1:101(100) ack 1 win 502                                        "
            "[cwnd 14600 rwnd 65535 flight 1460]     - RFC 9293 §3.10.7.4: The next data in sequence.");
}

TEST(ToLine, ShowsPortsOfWhatBelongsToNoConnection) {
  SegmentInfo syn = data_segment();
  syn.flags = 2;
  syn.seq = syn.seq_base;
  syn.payload_size = 0;
  const Event event{.at = kStart, .kind = EventKind::Drop, .why = Why::DropSynQueueFull, .subject = syn};
  const std::string line = to_line(event, kStart);
  EXPECT_TRUE(line.starts_with("  0.000000    - ! 40000 > 80 S 0:0(0) win 502 dropped  ")) << line;
  EXPECT_TRUE(line.ends_with(" - RFC 4987 §3: The listener's SYN queue is full.")) << line;
}

TEST(ToLine, HasAFormForEveryKind) {
  const auto line = [](EventKind kind, auto subject, std::string_view detail = {}) {
    const Event event{
        .at = kStart + 5us, .kind = kind, .why = Why::UserSend, .connection = 12, .subject = subject, .detail = detail};
    const std::string text = to_line(event, kStart);
    return text.substr(0, text.find("  ", 18));
  };
  EXPECT_EQ(line(EventKind::State, StateChange{TcpState::SynSent, TcpState::Established}),
            "  0.000005  #12 * SYN-SENT -> ESTABLISHED");
  EXPECT_EQ(line(EventKind::Timer, std::monostate{}, "retransmission"), "  0.000005  #12 ~ retransmission timer");
  EXPECT_EQ(line(EventKind::Call, std::monostate{}, "send(1000) = 1000"), "  0.000005  #12 = send(1000) = 1000");
  EXPECT_EQ(line(EventKind::Hold, std::monostate{}), "  0.000005  #12 . hold");
  EXPECT_EQ(line(EventKind::Hold, data_segment()), "  0.000005  #12 . P. 1:101(100) ack 1 win 502 held back");
  EXPECT_EQ(line(EventKind::Send, data_segment()), "  0.000005  #12 > P. 1:101(100) ack 1 win 502");
  EXPECT_EQ(line(EventKind::Recv, IcmpInfo{.source = kPeer.address,
                                           .destination = kStack.address,
                                           .type = 8,
                                           .identifier = 7,
                                           .sequence = 1,
                                           .payload_size = 56}),
            "  0.000005  #12 < icmp echo 10.9.0.1 > 10.9.0.2 id 7 seq 1 (56)");
  EXPECT_EQ(
      line(EventKind::Send, IcmpInfo{.source = kStack.address, .destination = kPeer.address, .type = 3, .code = 3}),
      "  0.000005  #12 > icmp port unreachable 10.9.0.2 > 10.9.0.1 (0)");
  EXPECT_EQ(line(EventKind::Drop, PacketInfo{kPeer.address, kStack.address, 47, 48}),
            "  0.000005  #12 ! ip 10.9.0.1 > 10.9.0.2 protocol 47 (48) dropped");
  EXPECT_EQ(line(EventKind::Send, UdpInfo{kStack, kPeer, 100}),
            "  0.000005  #12 > udp " + kStack.to_string() + " > " + kPeer.to_string() + " (100)");
  EXPECT_EQ(line(EventKind::Recv, PacketInfo{kPeer.address, kStack.address, 17, 1500, 7, 1480, true}),
            "  0.000005  #12 < ip 10.9.0.1 > 10.9.0.2 protocol 17 id 7 offset 1480+ (1500)");
  EXPECT_EQ(line(EventKind::Recv, PacketInfo{kPeer.address, kStack.address, 17, 60, 7, 2960, false}),
            "  0.000005  #12 < ip 10.9.0.1 > 10.9.0.2 protocol 17 id 7 offset 2960 (60)");
}

TEST(ToLine, KeepsTheSectionWithin160Columns) {
  const ConnectionInfo info = connection();
  const Event event{.at = kStart + 999s,
                    .kind = EventKind::Send,
                    .why = Why::HoldSillyWindow,
                    .connection = 999,
                    .subject = data_segment(),
                    .snapshot = &info};
  const std::string line = to_line(event, kStart);
  EXPECT_LT(line.find("RFC 9293 §3.8.6.2.1:") + std::string_view("RFC 9293 S3.8.6.2.1:").size(), 160U);
}

TEST(ToJson, TellsOfADatagram) {
  const Event event{.at = kStart,
                    .kind = EventKind::Send,
                    .why = Why::DatagramSent,
                    .subject = UdpInfo{kStack, kPeer, 100},
                    .detail = {}};
  const std::string json = to_json(event, kStart);
  EXPECT_NE(json.find("\"udp\":\"udp " + kStack.to_string() + " > " + kPeer.to_string() + " (100)\""),
            std::string::npos);
  EXPECT_NE(json.find("\"src\":\"" + kStack.to_string() + "\",\"dst\":\"" + kPeer.to_string() + "\""),
            std::string::npos);
}

TEST(ToJson, TellsAllOfASegment) {
  const ConnectionInfo info = connection();
  const Event event = received(info);
  EXPECT_EQ(to_json(event, kStart),
            R"({"t_ns":1000123456,"conn":1,"ev":"recv","src":"10.9.0.1:40000","dst":"10.9.0.2:80",)"
            R"("seg":"P. 1:101(100) ack 1 win 502","why":"SegmentInOrder","rfc":"9293 §3.10.7.4",)"
            R"("text":"The next data in sequence.","cwnd":14600,"ssthresh":null,"rwnd":65535,"inflight":1460,)"
            R"("state":"ESTABLISHED"})");
}

TEST(ToJson, ShowsSsthreshOnceALossHasSetIt) {
  ConnectionInfo info = connection();
  info.ssthresh = 2920;
  const Event event{
      .at = kStart, .kind = EventKind::Timer, .why = Why::DelayedAckDue, .detail = "rto", .snapshot = &info};
  EXPECT_NE(to_json(event, kStart).find(R"("ev":"timer","detail":"rto","why":"DelayedAckDue")"), std::string::npos);
  EXPECT_NE(to_json(event, kStart).find(R"("ssthresh":2920)"), std::string::npos);
}

TEST(ToJson, LeavesOutWhatAnEventDoesNotHave) {
  const Event event{.at = kStart,
                    .kind = EventKind::State,
                    .why = Why::SynReceived,
                    .subject = StateChange{TcpState::Listen, TcpState::SynReceived}};
  EXPECT_EQ(to_json(event, kStart),
            R"({"t_ns":0,"conn":0,"ev":"state","from":"LISTEN","to":"SYN-RECEIVED","why":"SynReceived",)"
            R"("rfc":"9293 §3.10.7.2","text":"A SYN was received and answered."})");
}

TEST(ToJson, NamesTheKindOfWhatIsNotTcp) {
  const Event echo{.kind = EventKind::Recv, .why = Why::SegmentEcho, .subject = IcmpInfo{.type = 8}};
  EXPECT_NE(to_json(echo).find(R"json("icmp":"icmp echo 0.0.0.0 > 0.0.0.0 id 0 seq 0 (0)")json"), std::string::npos);
  const Event other{.kind = EventKind::Drop, .why = Why::DropIpVersion, .subject = PacketInfo{}};
  EXPECT_NE(to_json(other).find(R"json("packet":"ip 0.0.0.0 > 0.0.0.0 protocol 0 (0)")json"), std::string::npos);
}

TEST(JsonString, EscapesWhatMustBeEscaped) {
  EXPECT_EQ(json_string("a\"b\\c\n\x01§"), R"("a\"b\\c\u000a\u0001§")");
}

TEST(ToJson, EveryReasonHasNameSectionAndSentence) {
  for (std::size_t i = 0; i < kWhyCount; ++i) {
    const Event event{.kind = EventKind::Drop, .why = static_cast<Why>(i)};
    const std::string json = to_json(event);
    for (const std::string_view member : {R"("why":"")", R"("rfc":"")", R"("text":"")"}) {
      EXPECT_EQ(json.find(member), std::string::npos) << json;
    }
  }
}

}  // namespace
}  // namespace tunic
