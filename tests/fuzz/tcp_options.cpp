// Any octets are options or are none: what is read lies inside, and what was understood is read again from what is written.
#include "wire/tcp_options.hpp"
#include "tests/fuzz/world.hpp"

using namespace tunic;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const wire::TcpOptions read = wire::parse_tcp_options(bytes);
  require(read.sack_count <= 4);
  if (read.fast_open && !read.fast_open->empty())
    require(read.fast_open->data() >= bytes.data() &&
            read.fast_open->data() + read.fast_open->size() <= bytes.data() + bytes.size());

  wire::OptionBytes written;
  const bool all = (!read.mss || written.mss(*read.mss)) &&
                   (!read.window_scale || written.window_scale(*read.window_scale)) &&
                   (!read.sack_permitted || written.sack_permitted()) &&
                   (!read.timestamps || written.timestamps(*read.timestamps)) &&
                   (read.sack_count == 0 || written.sack(read.sack_blocks()));
  written.pad();
  if (!all) return 0;  // more than 40 octets, which no segment has
  const wire::TcpOptions again = wire::parse_tcp_options(written.bytes());
  require(!again.malformed && again.mss == read.mss && again.window_scale == read.window_scale &&
          again.sack_permitted == read.sack_permitted && again.timestamps == read.timestamps);
  require(std::ranges::equal(again.sack_blocks(), read.sack_blocks()));
  return 0;
}
