// ICMP messages: libtins agrees, lying ones are dropped, and quotes are read as far as they go.
#include "wire/icmp.hpp"

#include <tins/icmp.h>
#include <tins/rawpdu.h>

#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"
#include "wire/ipv4.hpp"

namespace tunic::wire {
namespace {

using test::Bytes;

Bytes message(const IcmpHeader& header, const Bytes& payload) {
  Bytes result(kIcmpHeaderSize);
  const std::span<const std::byte> pieces[] = {payload};
  emit_icmp(header, pieces, result);
  return test::join({result, payload});
}

/// The begin of a packet as an error quotes it: IP header and 8 octets of its payload.
Bytes quote(std::uint8_t protocol, const Bytes& payload) {
  Bytes result(kIpv4HeaderSize);
  emit_ipv4({.protocol = protocol,
             .source = Ipv4Address(10, 9, 0, 2),
             .destination = Ipv4Address(192, 0, 2, 1),
             .total_length = 1500},
            result);
  return test::join({result, payload});
}

const Bytes kTcpBegin = test::bytes({0x9c, 0x40, 0x00, 0x50, 0xff, 0xff, 0xff, 0xf0});

// Shows: RFC 792
TEST(Icmp, WhatIsEmittedIsReadBackByLibtins) {
  const Bytes bytes = message({.type = 0, .code = 0, .word1 = 0x1234, .word2 = 0xfffe}, test::pattern(57));
  Tins::ICMP icmp(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
  EXPECT_EQ(icmp.type(), Tins::ICMP::ECHO_REPLY);
  EXPECT_EQ(icmp.id(), 0x1234);
  EXPECT_EQ(icmp.sequence(), 0xfffe);
  EXPECT_EQ(test::bytes(icmp.rfind_pdu<Tins::RawPDU>().payload()), test::pattern(57));
  const std::uint16_t checksum = icmp.checksum();
  icmp.serialize();  // computes it anew
  EXPECT_EQ(checksum, icmp.checksum());
}

// Shows: RFC 792
TEST(Icmp, MessagesOfLibtinsAreRead) {
  Tins::ICMP icmp;
  icmp.set_echo_request(77, 0x8000);
  const Bytes bytes = test::bytes((icmp / Tins::RawPDU("abc")).serialize());
  const auto header = parse_icmp(bytes);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->type, static_cast<std::uint8_t>(IcmpType::Echo));
  EXPECT_EQ(header->code, 0);
  EXPECT_EQ(header->word1, 77);
  EXPECT_EQ(header->word2, 0x8000);
  EXPECT_FALSE(header->is_error());
}

TEST(Icmp, DropsShortMessages) {
  const Bytes bytes = message({.type = 8}, {});
  for (std::size_t size = 0; size < kIcmpHeaderSize; ++size) {
    EXPECT_EQ(parse_icmp(std::span(bytes).first(size)), std::unexpected(Why::DropIcmpTruncated)) << size;
  }
  EXPECT_TRUE(parse_icmp(bytes).has_value());
}

TEST(Icmp, DropsEverySingleBitError) {
  const Bytes good = message({.type = 8, .word1 = 1, .word2 = 2}, test::pattern(9));
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_EQ(parse_icmp(bad), std::unexpected(Why::DropIcmpChecksum)) << bit;
  }
}

RC_GTEST_PROP(Icmp, PayloadMayComeInPieces, (const std::vector<std::vector<std::uint8_t>>& pieces)) {
  std::vector<Bytes> parts;
  Bytes all;
  for (const auto& piece : pieces) {
    parts.push_back(test::bytes(piece));
    all = test::join({all, parts.back()});
  }
  const std::vector<std::span<const std::byte>> spans(parts.begin(), parts.end());
  Bytes header(kIcmpHeaderSize);
  emit_icmp({.type = 0, .word1 = 9}, spans, header);
  RC_ASSERT(parse_icmp(test::join({header, all})).has_value());
}

TEST(IcmpQuote, NamesTheConnection) {
  const auto read = parse_icmp_quote(quote(6, kTcpBegin));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->source, Ipv4Address(10, 9, 0, 2));
  EXPECT_EQ(read->destination, Ipv4Address(192, 0, 2, 1));
  EXPECT_EQ(read->protocol, 6);
  EXPECT_EQ(read->source_port, 40000);
  EXPECT_EQ(read->destination_port, 80);
  EXPECT_EQ(read->sequence, 0xfffffff0);
}

TEST(IcmpQuote, OnlyTcpHasASequenceAndOnlyTcpAndUdpHavePorts) {
  EXPECT_EQ(parse_icmp_quote(quote(17, kTcpBegin))->source_port, 40000);
  EXPECT_EQ(parse_icmp_quote(quote(17, kTcpBegin))->sequence, 0U);
  EXPECT_EQ(parse_icmp_quote(quote(1, kTcpBegin))->source_port, 0);
}

TEST(IcmpQuote, NamesTheEchoRequest) {
  const auto request = parse_icmp_quote(quote(1, test::bytes({8, 0, 0xab, 0xcd, 0x12, 0x34, 0xff, 0xfe})));
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->icmp_type, 8);
  EXPECT_EQ(request->echo_identifier, 0x1234);
  EXPECT_EQ(request->echo_sequence, 0xfffe);
  const auto other = parse_icmp_quote(quote(1, test::bytes({13, 0, 0xab, 0xcd, 0x12, 0x34, 0xff, 0xfe})));
  EXPECT_EQ(other->icmp_type, 13);
  EXPECT_EQ(other->echo_identifier, 0);
}

// Shows: B22
TEST(IcmpQuote, MayHaveOptions) {
  Bytes bytes = quote(6, test::join({test::bytes({1, 1, 1, 1}), kTcpBegin}));
  bytes[0] = std::byte{0x46};
  EXPECT_EQ(parse_icmp_quote(bytes)->source_port, 40000);
}

// Shows: B22
TEST(IcmpQuote, DropsWhatIsCutTooShort) {
  const Bytes bytes = quote(6, kTcpBegin);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(parse_icmp_quote(std::span(bytes).first(size)).has_value()) << size;
  }
}

TEST(IcmpQuote, DropsWhatIsNoBeginOfAnIpv4Packet) {
  Bytes version = quote(6, kTcpBegin);
  version[0] = std::byte{0x65};
  EXPECT_FALSE(parse_icmp_quote(version).has_value());
  Bytes short_header = quote(6, kTcpBegin);
  short_header[0] = std::byte{0x44};
  EXPECT_FALSE(parse_icmp_quote(short_header).has_value());
  Bytes later_fragment = quote(6, kTcpBegin);
  store_be16(&later_fragment[6], 185);
  EXPECT_FALSE(parse_icmp_quote(later_fragment).has_value());
}

RC_GTEST_PROP(IcmpQuote, RandomBytesAreReadSafely, (const std::vector<std::uint8_t>& random)) {
  Bytes bytes = test::bytes(random);
  if (!bytes.empty() && *rc::gen::arbitrary<bool>()) bytes[0] = static_cast<std::byte>(0x40 | test::any_in(0, 16));
  const auto read = parse_icmp_quote(bytes);
  RC_ASSERT(!read.has_value() || bytes.size() >= kIpv4HeaderSize + 8);
}

}  // namespace
}  // namespace tunic::wire
