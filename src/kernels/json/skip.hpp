// Finds the end of a JSON list without reading what is in it.
#pragma once

namespace paultrap {

// The byte after the bracket that closes the list whose '[' is at p; nullptr where none does.
// Right for every well-formed list; what a malformed one gives is for its reader to refuse.
const char* skip_list(const char* p, const char* end);

}  // namespace paultrap
