#include "base/octet_sum.hpp"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tunic {

namespace {

std::uint64_t load_native(const std::byte* p) {
  std::uint64_t word = 0;
  std::memcpy(&word, p, sizeof word);
  return word;
}

/// One's complement addition of 64-bit words: the carry comes back in at the low end.
void add_carrying(std::uint64_t& sum, std::uint64_t word) {
  sum += word;
  sum += sum < word ? 1 : 0;
}

#if defined(__x86_64__)

/// Not kept in a static (law 1): the compiler's library has found out before main(), and this reads one word.
bool worth_avx2(std::size_t size) {
  constexpr std::size_t kWorthIt = 256;
  return size >= kWorthIt && __builtin_cpu_supports("avx2");
}

/// 32-bit words in lanes of 64 bits, so that no carry is lost below 2^32 of them; 128 octets a turn.
template <bool kCopies>
__attribute__((target("avx2"))) std::uint64_t sum_octets_avx2(const std::byte* p, std::size_t size, std::byte* out) {
  const __m256i low_half = _mm256_set1_epi64x(0xffffffff);
  __m256i even = _mm256_setzero_si256();
  __m256i odd = _mm256_setzero_si256();
  for (; size >= 128; size -= 128, p += 128) {
    for (std::size_t i = 0; i < 128; i += 32) {
      const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + i));
      if constexpr (kCopies) _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), words);
      even = _mm256_add_epi64(even, _mm256_and_si256(words, low_half));
      odd = _mm256_add_epi64(odd, _mm256_srli_epi64(words, 32));
    }
    if constexpr (kCopies) out += 128;
  }
  if constexpr (kCopies) std::memcpy(out, p, size);
  alignas(32) std::uint64_t lanes[4];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), _mm256_add_epi64(even, odd));
  std::uint64_t sum = sum_octets_portably(p, size);
  for (const std::uint64_t lane : lanes) add_carrying(sum, lane);
  return sum;
}

#endif

}  // namespace

std::uint64_t sum_octets_portably(const std::byte* p, std::size_t size) {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  std::uint64_t c = 0;
  std::uint64_t d = 0;
  for (; size >= 32; size -= 32, p += 32) {  // four chains of additions that do not wait for each other
    add_carrying(a, load_native(p));
    add_carrying(b, load_native(p + 8));
    add_carrying(c, load_native(p + 16));
    add_carrying(d, load_native(p + 24));
  }
  for (; size >= 8; size -= 8, p += 8) add_carrying(a, load_native(p));
  // The rest in pieces of fixed size, which are one instruction each.
  if ((size & 4) != 0) {
    std::uint32_t word = 0;
    std::memcpy(&word, p, sizeof word);
    add_carrying(b, word);
    p += sizeof word;
  }
  if ((size & 2) != 0) {
    std::uint16_t word = 0;
    std::memcpy(&word, p, sizeof word);
    add_carrying(c, word);
    p += sizeof word;
  }
  if ((size & 1) != 0) {
    std::uint16_t word = 0;
    std::memcpy(&word, p, 1);
    add_carrying(d, word);
  }
  add_carrying(a, b);
  add_carrying(c, d);
  add_carrying(a, c);
  return a;
}

std::uint64_t sum_octets(const std::byte* p, std::size_t size) {
#if defined(__x86_64__)
  if (worth_avx2(size)) return sum_octets_avx2<false>(p, size, nullptr);
#endif
  return sum_octets_portably(p, size);
}

std::uint64_t copy_and_sum_octets(const std::byte* p, std::size_t size, std::byte* out) {
#if defined(__x86_64__)
  if (worth_avx2(size)) return sum_octets_avx2<true>(p, size, out);
#endif
  if (size > 0) std::memcpy(out, p, size);
  return sum_octets_portably(p, size);
}

}  // namespace tunic
