// What GCC calls in code compiled with -fsanitize=signed-integer-overflow and the like, when an
// index overflows: in a kernel the launch ends with a report. Left out of builds with
// -fsanitize=undefined, whose library has handlers of its own.
#include <cstdint>
#include <cstdio>
#include <string>

#include "kernels/sim/machine.h"
#include "kernels/sim/report.h"

namespace backlight::sim {
namespace {

// The layout of what the compiler passes along.
struct Location {
  const char* file;
  std::uint32_t line, column;
};
struct Type {
  std::uint16_t kind;  // 0: an integer
  std::uint16_t info;  // lowest bit: signed; above: log2 of the width in bits
  char name[1];        // with quotes
};
struct Operation {
  Location location;
  const Type* type;
};
struct Shift {
  Location location;
  const Type *left, *right;
};
struct ArrayIndex {
  Location location;
  const Type *array, *index;
};
using Value = std::uintptr_t;  // an integer of up to 64 bits, or a pointer to a longer one

std::string text_of(const Type& type, Value value) {
  const int width = 1 << (type.info >> 1);
  if (type.kind != 0 || width > 64) return "a wide number";
  if (!(type.info & 1)) return str(value);
  return str(static_cast<std::int64_t>(value << (64 - width)) >> (64 - width));
}

// Host code of a kernel file is compiled the same way: there the message is all.
void complain(const void* site, const Location& location, const std::string& what) {
  if (running) fault_at(site, what);
  std::fprintf(stderr, "%s:%u: %s\n", location.file, location.line, what.c_str());
}

void overflow(const void* site, const Operation& o, const char* sign, Value a, Value b) {
  complain(site, o.location,
           str("integer overflow: ", text_of(*o.type, a), " ", sign, " ", text_of(*o.type, b),
               " does not fit into ", o.type->name));
}

void bad_shift(const void* site, const Shift& s, Value a, Value b) {
  complain(site, s.location,
           str("integer overflow: ", text_of(*s.left, a), ", an ", s.left->name,
               ", cannot be shifted by ", text_of(*s.right, b)));
}

void bad_index(const void* site, const ArrayIndex& i, Value index) {
  complain(site, i.location,
           str("out of bounds: index ", text_of(*i.index, index), " of an array of type ",
               i.array->name));
}

}  // namespace
}  // namespace backlight::sim

using namespace backlight::sim;

// Each comes in two forms, for -fsanitize-recover and without.
#define BACKLIGHT_HANDLER(name, parameters, call) \
  void __ubsan_handle_##name parameters { call; } \
  void __ubsan_handle_##name##_abort parameters { call; }

#define BACKLIGHT_SITE __builtin_return_address(0)

extern "C" {
BACKLIGHT_HANDLER(add_overflow, (Operation * o, Value a, Value b),
                  overflow(BACKLIGHT_SITE, *o, "+", a, b))
BACKLIGHT_HANDLER(sub_overflow, (Operation * o, Value a, Value b),
                  overflow(BACKLIGHT_SITE, *o, "-", a, b))
BACKLIGHT_HANDLER(mul_overflow, (Operation * o, Value a, Value b),
                  overflow(BACKLIGHT_SITE, *o, "*", a, b))
BACKLIGHT_HANDLER(divrem_overflow, (Operation * o, Value a, Value b),
                  overflow(BACKLIGHT_SITE, *o, "/", a, b))
BACKLIGHT_HANDLER(negate_overflow, (Operation * o, Value a),
                  overflow(BACKLIGHT_SITE, *o, "-", 0, a))
BACKLIGHT_HANDLER(shift_out_of_bounds, (Shift * s, Value a, Value b),
                  bad_shift(BACKLIGHT_SITE, *s, a, b))
BACKLIGHT_HANDLER(out_of_bounds, (ArrayIndex * i, Value index),
                  bad_index(BACKLIGHT_SITE, *i, index))
}
