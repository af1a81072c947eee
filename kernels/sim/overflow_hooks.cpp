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

// Host code of a kernel file is compiled the same way: there the message is all.
template <typename... Parts>
void complain(const void* site, const Location& location, const Parts&... parts) {
  if (running) {
    const Inside here(site);
    fault_at(site, str(parts...));
  }
  std::fprintf(stderr, "%s:%u: %s\n", location.file, location.line, str(parts...).c_str());
}

// An integer of a type, as text.
struct Number {
  const Type& type;
  Value value;
  friend std::ostream& operator<<(std::ostream& out, const Number& n) {
    const int width = 1 << (n.type.info >> 1);
    if (n.type.kind != 0 || width > 64) return out << "a wide number";
    if (!(n.type.info & 1)) return out << n.value;
    return out << (static_cast<std::int64_t>(n.value << (64 - width)) >> (64 - width));
  }
};

void overflow(const void* site, const Operation& o, const char* sign, Value a, Value b) {
  complain(site, o.location, "integer overflow: ", Number{*o.type, a}, " ", sign, " ",
           Number{*o.type, b}, " does not fit into ", o.type->name);
}

void bad_shift(const void* site, const Shift& s, Value a, Value b) {
  complain(site, s.location, "integer overflow: ", Number{*s.left, a}, ", an ", s.left->name,
           ", cannot be shifted by ", Number{*s.right, b});
}

void bad_index(const void* site, const ArrayIndex& i, Value index) {
  complain(site, i.location, "out of bounds: index ", Number{*i.index, index},
           " of an array of type ", i.array->name);
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
