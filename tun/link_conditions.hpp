// What a bad link's conditions are for one of its directions: tun's plain numbers as an Impairment takes them.
#pragma once

#include <cstdint>

#include "link/impairment.hpp"
#include "tunic/tun/wrappers.hpp"

namespace tunic::tun {

/// The directions, 0 and 1, have seeds of their own: they must not do the same at the same time.
link::Conditions conditions_of(const LinkConditions& given, std::uint64_t direction);

}  // namespace tunic::tun
