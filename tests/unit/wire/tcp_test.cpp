// The fixed part of TCP headers. The checksum is tested with the segment codec.
#include "wire/tcp.hpp"

#include <tins/tcp.h>

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic::wire {
namespace {

using test::Bytes;

Bytes header(std::size_t header_size = kTcpHeaderSize) {
  Bytes result(kTcpHeaderSize);
  emit_tcp({.source_port = 40000,
            .destination_port = 80,
            .seq = SeqNum(0xffffffff),
            .ack = SeqNum(0x80000000),
            .header_size = static_cast<std::uint8_t>(header_size),
            .flags = TcpFlags::Syn | TcpFlags::Ack | TcpFlags::Ae,
            .window = RawWindow{65535},
            .checksum = 0xabcd,
            .urgent = 0x1234},
           result);
  return result;
}

TEST(Tcp, WhatIsEmittedIsReadBackByLibtins) {
  const Bytes bytes = header();
  const Tins::TCP tcp(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
  EXPECT_EQ(tcp.sport(), 40000);
  EXPECT_EQ(tcp.dport(), 80);
  EXPECT_EQ(tcp.seq(), 0xffffffff);
  EXPECT_EQ(tcp.ack_seq(), 0x80000000);
  EXPECT_EQ(tcp.data_offset(), 5);
  EXPECT_EQ(tcp.flags(), 0x112);
  EXPECT_EQ(tcp.window(), 65535);
  EXPECT_EQ(tcp.checksum(), 0xabcd);
  EXPECT_EQ(tcp.urg_ptr(), 0x1234);
}

TEST(Tcp, HeadersOfLibtinsAreRead) {
  Tins::TCP tcp(80, 40000);
  tcp.seq(0x7fffffff);
  tcp.ack_seq(0xfffffffe);
  tcp.window(502);
  tcp.urg_ptr(3);
  tcp.flags(Tins::TCP::PSH | Tins::TCP::URG | Tins::TCP::CWR);
  tcp.mss(1460);
  const Bytes bytes = test::bytes(tcp.serialize());
  const auto read = parse_tcp(bytes, bytes.size());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->source_port, 40000);
  EXPECT_EQ(read->destination_port, 80);
  EXPECT_EQ(read->seq, SeqNum(0x7fffffff));
  EXPECT_EQ(read->ack, SeqNum(0xfffffffe));
  EXPECT_EQ(read->header_size, 24);
  EXPECT_EQ(read->flags, TcpFlags::Psh | TcpFlags::Urg | TcpFlags::Cwr);
  EXPECT_EQ(read->window, RawWindow{502});
  EXPECT_EQ(read->urgent, 3);
}

// Shows: B2
TEST(Tcp, DropsDataOffsetsBelowFive) {
  for (int offset = 0; offset <= 4; ++offset) {
    Bytes bytes = header();
    bytes[12] = static_cast<std::byte>(offset << 4);
    const auto read = parse_tcp(bytes, 100);
    ASSERT_FALSE(read.has_value()) << offset;
    EXPECT_EQ(read.error(), Why::DropTcpOffset);
  }
}

// Shows: B2
TEST(Tcp, DropsDataOffsetsBeyondTheSegment) {
  for (std::size_t words = 5; words <= 15; ++words) {
    const Bytes bytes = header(words * 4);
    EXPECT_TRUE(parse_tcp(bytes, words * 4).has_value()) << words;
    const auto read = parse_tcp(bytes, words * 4 - 1);
    ASSERT_FALSE(read.has_value()) << words;
    EXPECT_EQ(read.error(), Why::DropTcpOffset);
  }
}

// Shows: B2
TEST(Tcp, DropsWhatIsShorterThanAHeader) {
  const Bytes bytes = header();
  for (std::size_t size = 0; size < kTcpHeaderSize; ++size) {
    const auto read = parse_tcp(std::span(bytes).first(size), size);
    ASSERT_FALSE(read.has_value()) << size;
    EXPECT_EQ(read.error(), Why::DropTcpTruncated);
  }
}

// Shows: B33
TEST(Tcp, IgnoresTheReservedBits) {
  Bytes bytes = header();
  bytes[12] |= std::byte{0x0e};
  EXPECT_EQ(parse_tcp(bytes, bytes.size())->flags, TcpFlags::Syn | TcpFlags::Ack | TcpFlags::Ae);
}

TEST(TcpFlags, AreASet) {
  TcpFlags flags = TcpFlags::Fin | TcpFlags::Ack;
  EXPECT_TRUE(flags.fin() && flags.ack());
  EXPECT_FALSE(flags.syn() || flags.rst() || flags.psh() || flags.urg());
  flags |= TcpFlags::Psh;
  EXPECT_EQ(flags.without(TcpFlags::Fin), TcpFlags::Psh | TcpFlags::Ack);
  EXPECT_EQ(TcpFlags(0xffff).bits(), 0x1ff);
}

}  // namespace
}  // namespace tunic::wire
