// UDP headers. B52: the length is the datagram's word, the packet's size is the truth.
#include "wire/udp.hpp"

#include <tins/rawpdu.h>
#include <tins/udp.h>

#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic::wire {
namespace {

using test::Bytes;

Bytes header(std::uint16_t length) {
  Bytes result(kUdpHeaderSize);
  emit_udp({.source_port = 53, .destination_port = 40000, .length = length, .checksum = 0xbeef}, result);
  return result;
}

TEST(Udp, WhatIsEmittedIsReadBackByLibtins) {
  const Bytes bytes = test::join({header(12), test::pattern(4)});
  const Tins::UDP udp(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
  EXPECT_EQ(udp.sport(), 53);
  EXPECT_EQ(udp.dport(), 40000);
  EXPECT_EQ(udp.length(), 12);
  EXPECT_EQ(udp.checksum(), 0xbeef);
}

TEST(Udp, DatagramsOfLibtinsAreRead) {
  const Bytes bytes = test::bytes((Tins::UDP(40000, 53) / Tins::RawPDU("abcd")).serialize());
  const auto read = parse_udp(bytes, bytes.size());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->source_port, 53);
  EXPECT_EQ(read->destination_port, 40000);
  EXPECT_EQ(read->length, 12);
}

// Shows: B52
TEST(Udp, DropsLengthsBelowTheHeaderOrBeyondThePacket) {
  for (const std::uint16_t length : std::initializer_list<std::uint16_t>{0, 1, 7, 13, 65535}) {
    EXPECT_FALSE(parse_udp(header(length), 12).has_value()) << length;
  }
  EXPECT_TRUE(parse_udp(header(8), 12).has_value());
  EXPECT_TRUE(parse_udp(header(12), 12).has_value());
}

TEST(Udp, DropsWhatIsShorterThanAHeader) {
  const Bytes bytes = header(8);
  for (std::size_t size = 0; size < kUdpHeaderSize; ++size) {
    const auto read = parse_udp(std::span(bytes).first(size), size);
    ASSERT_FALSE(read.has_value()) << size;
    EXPECT_EQ(read.error(), Why::DropUdpTruncated);
  }
}

}  // namespace
}  // namespace tunic::wire
