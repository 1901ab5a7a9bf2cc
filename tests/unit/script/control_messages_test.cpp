// Control messages: the layout is that of <sys/socket.h>, which these tests compare with.
#include "script/control_messages.hpp"

#include <gtest/gtest.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "script/parser.hpp"

namespace tunic::script {
namespace {

/// What a script writes for msg_control.
Value written(const std::string& list) {
  const auto script = parse_script("s.pkt", "0 f(" + list + ") = 0");
  EXPECT_TRUE(script.has_value()) << (script ? "" : script.error().to_string());
  return script ? std::get<Call>(script->events[0].action).arguments[0] : Value{};
}
std::vector<ControlMessage> messages(const std::string& list) {
  const auto all = control_messages_of(written(list));
  EXPECT_TRUE(all.has_value()) << (all ? "" : all.error());
  return all.value_or(std::vector<ControlMessage>{});
}

constexpr const char* kTwo =
    "[{cmsg_level=SOL_IP, cmsg_type=IP_TOS, cmsg_data=[0x20]}, {cmsg_level=SOL_TCP, cmsg_type=TCP_CM_INQ, "
    "cmsg_data=1000}]";

TEST(ControlMessages, HaveTheSystemsLayout) {
  auto octets = octets_of(messages(kTwo));
  msghdr header{};
  header.msg_control = octets.data();
  header.msg_controllen = octets.size();
  const cmsghdr* first = CMSG_FIRSTHDR(&header);
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->cmsg_level, IPPROTO_IP);
  EXPECT_EQ(first->cmsg_type, IP_TOS);
  EXPECT_EQ(first->cmsg_len, CMSG_LEN(sizeof(int)));
  int value = 0;
  std::memcpy(&value, CMSG_DATA(first), sizeof value);
  EXPECT_EQ(value, 0x20);
  const cmsghdr* second = CMSG_NXTHDR(&header, const_cast<cmsghdr*>(first));
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->cmsg_type, 36);
  EXPECT_EQ(octets.size(), 2 * CMSG_SPACE(sizeof(int)));
}

TEST(ControlMessages, TellOfErrorsAsTheSystemDoes) {
  const auto all = messages(
      "[{cmsg_level=CMSG_LEVEL_IP, cmsg_type=CMSG_TYPE_RECVERR, cmsg_data={ee_errno=ENOMSG, "
      "ee_origin=SO_EE_ORIGIN_TIMESTAMPING, ee_type=1, ee_code=2, ee_info=SCM_TSTAMP_ACK, ee_data=999}}]");
  ASSERT_EQ(all.size(), 1U);
  sock_extended_err error{};
  ASSERT_EQ(all[0].data.size(), sizeof error);
  std::memcpy(&error, all[0].data.data(), sizeof error);
  EXPECT_EQ(error.ee_errno, 42U);
  EXPECT_EQ(error.ee_origin, SO_EE_ORIGIN_TIMESTAMPING);
  EXPECT_EQ(error.ee_type, 1);
  EXPECT_EQ(error.ee_code, 2);
  EXPECT_EQ(error.ee_info, 2U);
  EXPECT_EQ(error.ee_data, 999U);
}

TEST(ControlMessages, SurviveTheWayThere) {
  const auto sent = messages(kTwo);
  const auto octets = octets_of(sent);
  EXPECT_TRUE(differences(sent, control_messages_in(octets)).empty());
  EXPECT_EQ(control_messages_in(std::span(octets).first(octets.size() - 8)).size(), 1U);  // the last is cut off
}

TEST(ControlMessages, DifferInNumberKindAndValue) {
  const auto sent = messages(kTwo);
  auto live = sent;
  live[1].data[0] ^= std::byte{1};
  EXPECT_EQ(differences(sent, live).at(0), "control message 1: expected 1000, live 1001");
  live = sent;
  live[0].type = 2;
  EXPECT_EQ(differences(sent, live).at(0), "control message 0: expected level 0 type 1, live level 0 type 2");
  EXPECT_EQ(differences(sent, {}).at(0), "control messages: expected 2, live 0");
  live = sent;
  live[0].data = {std::byte{0x20}};  // IP_TOS comes as one octet
  EXPECT_TRUE(differences(sent, live).empty());
}

TEST(ControlMessages, AreRefusedWhereTheyMakeNoSense) {
  EXPECT_FALSE(control_messages_of(written("[{cmsg_level=SOL_IP}]")).has_value());
  EXPECT_FALSE(control_messages_of(written("[{cmsg_level=0, cmsg_type=0, cmsg_data={nonsense=1}}]")).has_value());
  EXPECT_FALSE(control_messages_of(written("7")).has_value());
}

}  // namespace
}  // namespace tunic::script
