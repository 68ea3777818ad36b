// Writes a double with the fewest digits that read back as the same.
#pragma once

#include <cstdint>

namespace paultrap {

// Writes `value`, which is finite, as a JSON number that always shows that it is no integer: 1 becomes 1.0. Of the
// plain and the scientific spelling it takes the shorter one, the plain one where they are equally long. Returns the
// end. 32 bytes may be written.
char* write_number(char* to, double value);

}  // namespace paultrap
