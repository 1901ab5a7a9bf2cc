// Written values as what the socket interface takes: numbers, addresses, options. It must not know any call.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include <tunic/posix.hpp>

#include "script/script.hpp"

namespace tunic::script {

template <typename T>
using Resolved = std::expected<T, std::string>;

/// Integers, names of constants, and those combined by '|'. An ellipsis is 0.
Resolved<std::int64_t> number_of(const Value& value);
/// {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}; an ellipsis is `otherwise`.
Resolved<posix::SockAddrIn> address_of(const Value& value, const Endpoint& otherwise);
/// NULL, or a number where a pointer belongs: memory that nobody has.
bool is_bad_pointer(const Value& value);
/// What setsockopt() takes: [1] and 1 are an int, "cubic" a text, {onoff=1, linger=5} a struct linger.
Resolved<std::vector<std::byte>> option_of(const Value& value);
/// The sizes of the pieces of an I/O vector: [{..., 10}, {..., 20}]
Resolved<std::vector<std::size_t>> pieces_of(const Value& value);
/// Octets to send: `size` zeros, or the text if there is one.
std::vector<std::byte> octets_of(const Value& value, std::size_t size);

}  // namespace tunic::script
