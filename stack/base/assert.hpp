// TUNIC_ASSERT checks what must hold for the program to make sense. In builds with TUNIC_CHECK_INVARIANTS it stops the
// program with the place; elsewhere it costs nothing. Input from outside is never asserted: it is dropped with a Why.
#pragma once

namespace tunic {

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace tunic

#if defined(TUNIC_CHECK_INVARIANTS) && TUNIC_CHECK_INVARIANTS
#define TUNIC_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::tunic::assertion_failed(#condition, __FILE__, __LINE__))
#else
#define TUNIC_ASSERT(condition) static_cast<void>(sizeof(!(condition)))
#endif
