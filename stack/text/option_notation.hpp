// The options of a segment within its notation: what stands between '<' and '>'. Part of the grammar in notation.hpp.
#pragma once

#include "text/notation.hpp"

namespace tunic {

/// Reads the list into `segment`, if there is one.
void parse_options(NotationScanner& scanner, NotatedSegment& segment);

}  // namespace tunic
