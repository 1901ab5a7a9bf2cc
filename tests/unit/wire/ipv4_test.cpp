// IPv4 headers: right ones come back as they were, libtins agrees, and lying ones are dropped for the right reason.
#include "wire/ipv4.hpp"

#include <tins/ip.h>
#include <tins/rawpdu.h>

#include "base/checksum.hpp"
#include "base/endian.hpp"
#include "tests/support/bytes.hpp"
#include "tests/support/property.hpp"

namespace tunic::wire {
namespace {

using test::Bytes;

/// A header of `ihl` words, followed by `payload` octets; total length and checksum are right.
Bytes packet(std::size_t payload, const Bytes& options = {}) {
  Bytes result(kIpv4HeaderSize);
  emit_ipv4({.protocol = 6,
             .source = Ipv4Address(10, 9, 0, 1),
             .destination = Ipv4Address(10, 9, 0, 2),
             .total_length = static_cast<std::uint16_t>(kIpv4HeaderSize + options.size() + payload)},
            result);
  return test::join({result, options, test::pattern(payload)});
}

/// Makes the header checksum right, as far as the header goes.
void repair(Bytes& bytes) {
  const std::size_t size = std::min(bytes.size(), std::size_t{load_u8(bytes.data())} % 16 * 4);
  store_be16(&bytes[10], 0);
  Checksum checksum;
  checksum.add(std::span(bytes).first(size));
  store_be16(&bytes[10], checksum.finish());
}

Bytes with_options(const Bytes& options) {
  Bytes bytes = packet(8, options);
  bytes[0] = static_cast<std::byte>(0x40 | (kIpv4HeaderSize + options.size()) / 4);
  repair(bytes);
  return bytes;
}

std::optional<Why> drop_reason(const Bytes& bytes) {
  const auto header = parse_ipv4(bytes, bytes.size());
  return header ? std::nullopt : std::optional(header.error());
}

// Shows: RFC 791 §3.1, RFC 1122 §3.2.1.2
TEST(Ipv4, WhatIsEmittedIsReadBackByLibtins) {
  Bytes bytes = packet(5);
  emit_ipv4({.tos = 0x2e,
             .identification = 0xfedc,
             .dont_fragment = false,
             .more_fragments = true,
             .fragment_offset = 1480,
             .ttl = 7,
             .protocol = 253,
             .source = Ipv4Address(10, 9, 0, 2),
             .destination = Ipv4Address(192, 0, 2, 255),
             .total_length = 25},
            bytes);
  Tins::IP ip(reinterpret_cast<const std::uint8_t*>(bytes.data()), static_cast<std::uint32_t>(bytes.size()));
  EXPECT_EQ(ip.version(), 4);
  EXPECT_EQ(ip.head_len(), 5);
  EXPECT_EQ(ip.tos(), 0x2e);
  EXPECT_EQ(ip.tot_len(), 25);
  EXPECT_EQ(ip.id(), 0xfedc);
  EXPECT_EQ(ip.flags(), Tins::IP::MORE_FRAGMENTS);
  EXPECT_EQ(ip.fragment_offset(), 1480 / 8);
  EXPECT_EQ(ip.ttl(), 7);
  EXPECT_EQ(ip.protocol(), 253);
  EXPECT_EQ(ip.src_addr().to_string(), "10.9.0.2");
  EXPECT_EQ(ip.dst_addr().to_string(), "192.0.2.255");
  const std::uint16_t checksum = ip.checksum();
  ip.serialize();  // computes it anew
  EXPECT_EQ(checksum, ip.checksum());
}

// Shows: RFC 791 §3.1, RFC 1122 §3.2.1.1
TEST(Ipv4, PacketsOfLibtinsAreRead) {
  Tins::IP ip("10.9.0.2", "10.9.0.1");
  ip.tos(0x03);
  ip.id(0x8001);
  ip.flags(Tins::IP::DONT_FRAGMENT);
  ip.ttl(1);
  ip.stream_identifier(0x1234);
  ip.protocol(253);
  const Bytes bytes = test::bytes((ip / Tins::RawPDU("hello")).serialize());
  const auto header = parse_ipv4(bytes, bytes.size());
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->tos, 0x03);
  EXPECT_EQ(header->identification, 0x8001);
  EXPECT_TRUE(header->dont_fragment);
  EXPECT_FALSE(header->is_fragment());
  EXPECT_EQ(header->ttl, 1);
  EXPECT_EQ(header->source, Ipv4Address(10, 9, 0, 1));
  EXPECT_EQ(header->destination, Ipv4Address(10, 9, 0, 2));
  EXPECT_EQ(header->header_size, 24);
  EXPECT_EQ(header->total_length, 29);
  EXPECT_FALSE(header->source_routed);
}

RC_GTEST_PROP(Ipv4, WhatIsEmittedIsParsed, (std::uint32_t source, std::uint32_t destination, std::uint16_t id)) {
  const Ipv4Header sent{.tos = test::any_in<std::uint8_t>(0, 255),
                        .identification = id,
                        .dont_fragment = *rc::gen::arbitrary<bool>(),
                        .more_fragments = *rc::gen::arbitrary<bool>(),
                        .fragment_offset = static_cast<std::uint16_t>(test::any_in(0, 8192) * 8),
                        .ttl = test::any_in<std::uint8_t>(0, 255),
                        .protocol = test::any_in<std::uint8_t>(0, 255),
                        .source = Ipv4Address(source),
                        .destination = Ipv4Address(destination),
                        .total_length = test::any_in<std::uint16_t>(20, 65535)};
  Bytes bytes(kIpv4HeaderSize);
  emit_ipv4(sent, bytes);
  const auto read = parse_ipv4(bytes, 65535);
  RC_ASSERT(read.has_value());
  RC_ASSERT(read->tos == sent.tos && read->identification == id && read->ttl == sent.ttl);
  RC_ASSERT(read->dont_fragment == sent.dont_fragment && read->more_fragments == sent.more_fragments);
  RC_ASSERT(read->fragment_offset == sent.fragment_offset && read->protocol == sent.protocol);
  RC_ASSERT(read->source == sent.source && read->destination == sent.destination);
  RC_ASSERT(read->total_length == sent.total_length && read->header_size == kIpv4HeaderSize);
}

// Shows: RFC 1122 §3.2.1.1 (against)
TEST(Ipv4, DropsOtherVersions) {
  for (const int version : {0, 5, 6, 15}) {
    Bytes bytes = packet(20);
    bytes[0] = static_cast<std::byte>(version << 4 | 5);
    repair(bytes);
    EXPECT_EQ(drop_reason(bytes), Why::DropIpVersion) << version;
  }
}

// Shows: B1, RFC 791 §3.1 (against)
TEST(Ipv4, DropsHeaderLengthsBelowTwenty) {
  for (int ihl = 0; ihl <= 4; ++ihl) {
    Bytes bytes = packet(20);
    bytes[0] = static_cast<std::byte>(0x40 | ihl);
    repair(bytes);
    EXPECT_EQ(drop_reason(bytes), Why::DropIpHeaderLength) << ihl;
  }
}

// Shows: B1
TEST(Ipv4, DropsHeadersBeyondThePacket) {
  Bytes bytes = packet(0);
  bytes[0] = std::byte{0x46};
  repair(bytes);
  EXPECT_EQ(drop_reason(bytes), Why::DropIpHeaderLength);
}

// Shows: B1
TEST(Ipv4, DropsTotalLengthsBelowTheHeader) {
  for (const std::uint16_t total : std::initializer_list<std::uint16_t>{0, 1, 19}) {
    Bytes bytes = packet(20);
    store_be16(&bytes[2], total);
    repair(bytes);
    EXPECT_EQ(drop_reason(bytes), Why::DropIpTotalLength) << total;
  }
  Bytes bytes = with_options(test::bytes({1, 1, 1, 1}));
  store_be16(&bytes[2], 23);
  repair(bytes);
  EXPECT_EQ(drop_reason(bytes), Why::DropIpTotalLength);
}

// Shows: B1
TEST(Ipv4, DropsTotalLengthsBeyondThePacketButNotBelowIt) {
  Bytes bytes = packet(20);
  store_be16(&bytes[2], 41);
  repair(bytes);
  EXPECT_EQ(drop_reason(bytes), Why::DropIpTotalLength);
  store_be16(&bytes[2], 39);
  repair(bytes);
  EXPECT_EQ(drop_reason(bytes), std::nullopt) << "the caller trims the rest";
}

TEST(Ipv4, DropsWhatIsShorterThanAHeader) {
  const Bytes bytes = packet(0);
  for (std::size_t size = 0; size < kIpv4HeaderSize; ++size) {
    EXPECT_EQ(drop_reason(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))), Why::DropTruncated)
        << size;
  }
}

TEST(Ipv4, DropsEverySingleBitError) {
  const Bytes good = packet(20);
  for (std::size_t bit = 0; bit < kIpv4HeaderSize * 8; ++bit) {
    Bytes bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_NE(drop_reason(bad), std::nullopt) << bit;
  }
}

// Shows: RFC 1122 §3.2.1.8
TEST(Ipv4, SkipsOptions) {
  const Bytes timestamp_option = test::bytes({68, 12, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  const Bytes record_route = test::bytes({7, 7, 4, 0, 0, 0, 0, 0});
  const Bytes unknown = test::bytes({1, 99, 3, 255});
  for (const Bytes& options : {timestamp_option, record_route, unknown, Bytes(40, std::byte{1})}) {
    const Bytes bytes = with_options(options);
    const auto header = parse_ipv4(bytes, bytes.size());
    ASSERT_TRUE(header.has_value());
    EXPECT_FALSE(header->source_routed);
    EXPECT_EQ(header->header_size, kIpv4HeaderSize + options.size());
  }
}

// Shows: B18
TEST(Ipv4, DropsMalformedOptions) {
  for (const Bytes& options : {
           test::bytes({7, 0, 0, 0}),     // length 0: would never end
           test::bytes({7, 1, 0, 0}),     // length 1
           test::bytes({7, 5, 4, 0}),     // beyond the header
           test::bytes({68, 255, 5, 0}),  // far beyond
           test::bytes({131, 0, 4, 0}),   // a source route of no length
           test::bytes({1, 1, 1, 137}),   // a type and nothing more
       }) {
    EXPECT_EQ(drop_reason(with_options(options)), Why::DropIpHeaderLength);
  }
}

// Shows: B18
TEST(Ipv4, SeesSourceRoutes) {
  for (const int type : {131, 137}) {
    const Bytes bytes = with_options(test::bytes({1, type, 7, 4, 10, 9, 0, 1}));
    const auto header = parse_ipv4(bytes, bytes.size());
    ASSERT_TRUE(header.has_value());
    EXPECT_TRUE(header->source_routed) << type;
  }
  const Bytes after_the_end = with_options(test::bytes({0, 131, 3, 4}));
  EXPECT_FALSE(parse_ipv4(after_the_end, after_the_end.size())->source_routed);
}

RC_GTEST_PROP(Ipv4, RandomOptionsAreWalkedSafely, (std::vector<std::uint8_t> options)) {
  options.resize(std::min<std::size_t>(options.size() / 4 * 4, 40));
  const Bytes bytes = with_options(test::bytes(options));
  const auto header = parse_ipv4(bytes, bytes.size());
  RC_ASSERT(header.has_value() || header.error() == Why::DropIpHeaderLength);
}

}  // namespace
}  // namespace tunic::wire
