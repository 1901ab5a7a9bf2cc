#include "ip/reassembler.hpp"

#include <algorithm>

#include "base/endian.hpp"
#include "packet/compact.hpp"

namespace tunic::ip {

namespace {

constexpr std::uint32_t kLongest = 65535;
constexpr std::size_t kDatagramCost = 512;  // of the bookkeeping, besides the blocks
constexpr std::size_t kPieceCost = 128;
constexpr std::uint8_t kEcnMask = 3;
constexpr std::uint8_t kNotEct = 0;
constexpr std::uint8_t kCe = 3;

std::uint32_t size_of(const wire::Ipv4Header& header) {
  return header.total_length - std::uint32_t{header.header_size};
}

/// RFC 791 §3.2; B14.
std::optional<Why> objection_to(const wire::Ipv4Header& header) {
  const std::uint32_t size = size_of(header);
  if (size == 0 || (header.more_fragments && size % 8 != 0)) return Why::DropFragmentLength;
  if (header.header_size + header.fragment_offset + size > kLongest) return Why::DropFragmentTooLong;
  return std::nullopt;
}

/// RFC 1858 §3 and RFC 3128: filters see the whole TCP header in the first fragment, and nothing comes behind it (B16).
bool hides_header(const wire::Ipv4Header& header, std::span<const std::byte> transport) {
  constexpr std::size_t kTcpHeader = 20;
  constexpr std::size_t kDataOffset = 12;
  if (header.protocol != static_cast<std::uint8_t>(wire::IpProtocol::Tcp)) return false;
  if (header.fragment_offset != 0) return header.fragment_offset < kTcpHeader;
  const std::uint32_t size = size_of(header);
  return size < kTcpHeader || size < load_u8(transport.data() + kDataOffset) / std::size_t{16} * 4;
}

}  // namespace

Reassembler::Result Reassembler::add(const wire::Ipv4Header& header, PacketBuffer fragment, const IpConfig& config,
                                     BlockPool& pool, Instant now) {
  Result result;
  const Order order = find_or_begin(header, config, now);
  Incomplete& datagram = datagrams_.at(order);
  result.drop = take(datagram, header, std::move(fragment), pool);
  if (!result.drop && datagram.length && datagram.received.covers(0, *datagram.length)) {
    result.whole = complete(datagram);
    if (!result.whole) result.drop = Why::DropFragmentEcn;
    erase(order);
    return result;
  }
  while (sources_.contains(header.source) && sources_.at(header.source).bytes > config.reassembly_bytes_per_source) {
    result.evicted.push_back(give_up(*sources_.at(header.source).datagrams.begin()));
  }
  while (bytes_ > config.reassembly_bytes) result.evicted.push_back(give_up(datagrams_.begin()->first));
  return result;
}

Reassembler::Order Reassembler::find_or_begin(const wire::Ipv4Header& header, const IpConfig& config, Instant now) {
  const Key key = key_of(header);
  const auto [found, is_new] = by_key_.try_emplace(key, next_order_);
  if (!is_new) return found->second;
  Incomplete& datagram = datagrams_[next_order_];
  datagram.key = key;
  datagram.header = header;
  datagram.deadline = later(now, config.reassembly_timeout);
  sources_[key.source].datagrams.insert(next_order_);
  charge(datagram, kDatagramCost);
  return next_order_++;
}

/// RFC 815 §3 with the holes' complement: what has been received.
std::optional<Why> Reassembler::take(Incomplete& datagram, const wire::Ipv4Header& header, PacketBuffer fragment,
                                     BlockPool& pool) {
  if (datagram.discarded) return Why::DropFragmentDiscarded;
  const auto front = fragment.front();
  if (hides_header(header, front.subspan(header.header_size))) return Why::DropFragmentTiny;
  if (const auto why = objection_to(header)) {
    discard(datagram);
    return why;
  }
  const std::uint32_t begin = header.fragment_offset;
  const std::uint32_t end = begin + size_of(header);
  std::vector<std::byte> header_octets;
  if (begin == 0) header_octets.assign(front.begin(), front.begin() + header.header_size);
  fragment.trim_front(header.header_size);
  Chain part = fragment.take_chain(pool);

  const auto same = datagram.pieces.find(begin);
  const bool same_place = same != datagram.pieces.end() && same->second.size() == part.size();
  const bool last = !header.more_fragments;
  if (same_place && last == (datagram.length == end) && same->second.to_vector() == part.to_vector()) {
    return Why::DropFragmentDuplicate;
  }
  const std::uint64_t highest = datagram.received.empty() ? 0 : datagram.received.intervals().back().end;
  const bool ends_differ =
      (datagram.length && (last ? end != *datagram.length : end > *datagram.length)) || (last && highest > end);
  if (ends_differ || datagram.received.intersects(begin, end)) {  // B13
    discard(datagram);
    return Why::DropFragmentOverlap;
  }
  part = compact(std::move(part), pool);
  charge(datagram, part.pinned() + kPieceCost);
  datagram.received.insert(begin, end);
  datagram.pieces.emplace(begin, std::move(part));
  datagram.ecn_seen |= static_cast<std::uint8_t>(1U << (header.tos & kEcnMask));
  if (last) datagram.length = end;
  if (begin == 0) {
    datagram.header = header;
    datagram.first_header = std::move(header_octets);
  }
  return std::nullopt;
}

/// nullopt: RFC 3168 §5.3: a mark would be lost, or be shown to who does not know of marks.
std::optional<Reassembler::Datagram> Reassembler::complete(Incomplete& datagram) {
  const bool marked = (datagram.ecn_seen & (1U << kCe)) != 0;
  const bool unaware = (datagram.ecn_seen & (1U << kNotEct)) != 0;
  if (marked && unaware) return std::nullopt;
  Chain payload;
  for (auto& [offset, piece] : datagram.pieces) payload.append(std::move(piece));

  wire::Ipv4Header header = datagram.header;
  if (marked) header.tos |= kCe;
  header.more_fragments = false;
  header.header_size = wire::kIpv4HeaderSize;
  header.total_length = static_cast<std::uint16_t>(wire::kIpv4HeaderSize + payload.size());
  PacketBuffer packet(std::move(payload));
  wire::emit_ipv4(header, packet.prepend(wire::kIpv4HeaderSize));
  return Datagram{header, std::move(packet)};
}

Instant Reassembler::next_deadline() const {
  return datagrams_.empty() ? kNever : datagrams_.begin()->second.deadline;
}

std::optional<Reassembler::GivenUp> Reassembler::take_expired(Instant now) {
  if (next_deadline() > now) return std::nullopt;
  return give_up(datagrams_.begin()->first);
}

void Reassembler::charge(Incomplete& datagram, std::size_t bytes) {
  datagram.bytes += bytes;
  sources_.at(datagram.key.source).bytes += bytes;
  bytes_ += bytes;
}

/// What remains is the key.
void Reassembler::discard(Incomplete& datagram) {
  datagram.discarded = true;
  datagram.pieces.clear();
  datagram.received.clear();
  datagram.first_header.clear();
  const std::size_t freed = datagram.bytes - kDatagramCost;
  datagram.bytes -= freed;
  sources_.at(datagram.key.source).bytes -= freed;
  bytes_ -= freed;
}

Reassembler::GivenUp Reassembler::give_up(Order order) {
  Incomplete& datagram = datagrams_.at(order);
  GivenUp gone{datagram.header, std::move(datagram.first_header)};
  if (!gone.quote.empty()) {
    constexpr std::size_t kLongestQuote = 576;
    const Chain& first = datagram.pieces.at(0);
    const std::size_t header_size = gone.quote.size();
    gone.quote.resize(std::min(kLongestQuote, header_size + first.size()));
    first.copy_to(std::span(gone.quote).subspan(header_size));
  }
  erase(order);
  return gone;
}

void Reassembler::erase(Order order) {
  const auto found = datagrams_.find(order);
  const Incomplete& datagram = found->second;
  const auto source = sources_.find(datagram.key.source);
  source->second.bytes -= datagram.bytes;
  bytes_ -= datagram.bytes;
  source->second.datagrams.erase(order);
  if (source->second.datagrams.empty()) sources_.erase(source);
  by_key_.erase(datagram.key);
  datagrams_.erase(found);
}

}  // namespace tunic::ip
