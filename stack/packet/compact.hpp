// What is kept for long must not pin much more memory than it has octets.
#pragma once

#include <tunic/packet_buffer.hpp>

namespace tunic {

/// The same octets; copied into a block of their own if they would keep more than twice their size alive.
Chain compact(Chain bytes, BlockPool& pool);

}  // namespace tunic
