// One table of operations: each entry is checked by finite differences, for its gradient's
// gradient, and in float32 against float64.
#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "autograd/ops.h"

namespace backlight::testing {

// An input of a case and the values it is filled with.
struct CaseInput {
  enum class Values : std::uint8_t {
    uniform,    // from [low, high]
    off_zero,   // the same with the sign drawn apart: from [-high, -low] and [low, high]
    all_unlike  // no two closer than 1/16, in random order: for pooling
  };
  Shape shape;
  float low = -1, high = 1;
  Values values = Values::uniform;

  Tensor draw(DType dtype, std::uint64_t seed) const;
};

using VarFunction = std::function<Var(const std::vector<Var>&)>;

struct OpCase {
  std::string name;
  std::vector<CaseInput> inputs;
  VarFunction compute;

  // One tensor for each input; float32 numbers in either dtype.
  std::vector<Tensor> draw(DType dtype) const;
};

inline void PrintTo(const OpCase& op_case, std::ostream* out) { *out << op_case.name; }

// Small cases: every op, in all its geometries.
const std::vector<OpCase>& small_cases();

// Shapes for float32 alone: every kernel that the library chooses among.
const std::vector<OpCase>& large_cases();

}  // namespace backlight::testing
