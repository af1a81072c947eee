// Differentiating the cases of the table, and comparing what comes out.
#pragma once

#include <algorithm>
#include <cctype>

#include "autograd/grad.h"
#include "tests/autograd/op_cases.h"
#include "tests/testing.h"

namespace backlight::testing {

inline constexpr std::uint64_t kCotangentSeed = 900;

// What a case gives: its output, and <cotangent, output> differentiated with respect to each input.
struct Gradients {
  Tensor output;
  std::vector<Tensor> of_inputs;
};

inline std::vector<Var> recorded(Recording& recording, const std::vector<Tensor>& tensors) {
  std::vector<Var> vars;
  for (const Tensor& tensor : tensors) vars.push_back(recording.input(tensor));
  return vars;
}

// Computed on `device`; the results are brought back to the processor.
inline Gradients differentiate(const OpCase& op_case, DType dtype, bool create_graph,
                               Device device = Device::cpu) {
  Recording recording({.create_graph = create_graph});
  std::vector<Tensor> drawn = op_case.draw(dtype);
  for (Tensor& tensor : drawn) tensor = tensor.to(device);
  const std::vector<Var> inputs = recorded(recording, drawn);
  const Var output = op_case.compute(inputs);
  Gradients result{output.value().to(Device::cpu), {}};
  const Tensor cotangent = uniform(output.shape(), dtype, kCotangentSeed).to(device);
  for (const Var& gradient : grad({output}, inputs, {.cotangents = {cotangent}}))
    result.of_inputs.push_back(gradient.value().to(Device::cpu));
  return result;
}

// Compares gradient by gradient; one that is zero by right (an op that is linear, say) must be
// zero, but not all of them.
inline void expect_all_close(const std::vector<Tensor>& actual, const std::vector<Tensor>& expected,
                             double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  double scale = 0;
  for (const Tensor& tensor : expected) scale = std::max(scale, norm(tensor));
  EXPECT_GT(scale, 1e-3) << "the oracle is zero and proves nothing";
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(actual[i].shape(), expected[i].shape()) << "input " << i;
    const double allowed = tolerance * std::max(norm(expected[i]), 1e-2 * scale);
    const double error = distance(actual[i], expected[i]);
    EXPECT_FALSE(!(error <= allowed))
        << "input " << i << ": " << error << " off a gradient of " << norm(expected[i]);
  }
}

// A case's name as GoogleTest takes it.
inline std::string test_name_of(const OpCase& op_case) {
  std::string name = op_case.name;
  for (char& letter : name)
    if (!std::isalnum(static_cast<unsigned char>(letter))) letter = '_';
  return name;
}

}  // namespace backlight::testing
