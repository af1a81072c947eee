#include "tests/autograd/op_cases.h"

#include <optional>

#include "tests/testing.h"

namespace backlight::testing {
namespace {

using Vars = std::vector<Var>;
using Values = CaseInput::Values;

constexpr float kGap = 0.125f;  // how far inputs stay away from a kink at 0

CaseInput any(Shape shape) { return {std::move(shape)}; }
CaseInput positive(Shape shape) { return {std::move(shape), 0.5f, 2.0f}; }
CaseInput off_zero(Shape shape) { return {std::move(shape), kGap, 1.0f, Values::off_zero}; }
CaseInput all_unlike(Shape shape) { return {std::move(shape), -2, 0, Values::all_unlike}; }

// A constant of a case, of the dtype and on the device of its inputs.
Tensor constant(const Shape& shape, const Vars& v, std::uint64_t seed, float low = -1,
                float high = 1) {
  return uniform(shape, v[0].dtype(), seed, low, high).to(v[0].value().device());
}

Tensor labels(std::vector<std::int64_t> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return Tensor::from(values, {count});
}

void add_arithmetic(std::vector<OpCase>& cases) {
  const auto both = [&](const std::string& name, Var (*op)(const Var&, const Var&)) {
    const std::pair<Shape, Shape> shapes[] = {
        {{2, 3, 4}, {2, 3, 4}}, {{2, 3, 4}, {4}}, {{3, 1}, {2, 3, 4}}, {{2, 1, 3}, {4, 1}},
        {{}, {2, 3}},           {{2, 3}, {}},     {{1, 2, 2, 3}, {3}}};
    for (const auto& [a, b] : shapes) {
      std::string label = name + "_" + a.to_string() + "_" + b.to_string();
      cases.push_back({label,
                       {off_zero(a), {b, 0.5f, 1.5f, Values::off_zero}},
                       [op](const Vars& v) { return op(v[0], v[1]); }});
    }
  };
  both("add", add);
  both("subtract", subtract);
  both("multiply", multiply);
  both("divide", divide);

  const auto one = [&](const std::string& name, CaseInput input, std::function<Var(const Var&)> f) {
    cases.push_back({name, {std::move(input)}, [f](const Vars& v) { return f(v[0]); }});
  };
  one("affine", any({3, 4}), [](const Var& x) { return affine(x, -2.5, 0.75); });
  one("power_2", any({3, 4}), [](const Var& x) { return power(x, 2); });
  one("power_3", any({3, 4}), [](const Var& x) { return power(x, 3); });
  one("power_minus_half", positive({3, 4}), [](const Var& x) { return power(x, -0.5); });
  one("exp", any({3, 4}), [](const Var& x) { return exp(x); });
  one("log", positive({3, 4}), [](const Var& x) { return log(x); });
  one("tanh", any({3, 4}), [](const Var& x) { return tanh(x); });
  one("sigmoid", any({3, 4}), [](const Var& x) { return sigmoid(x); });
  one("broadcast_to_leading", any({3}), [](const Var& x) { return broadcast_to(x, {2, 4, 3}); });
  one("broadcast_to_middle", any({2, 1, 3}), [](const Var& x) {
    return broadcast_to(x, {2, 4, 3});
  });
  one("broadcast_to_same", any({2, 3}), [](const Var& x) { return broadcast_to(x, {2, 3}); });
  one("sum_to_trailing", any({2, 4, 3}), [](const Var& x) { return sum_to(x, {3}); });
  one("sum_to_middle", any({2, 4, 3}), [](const Var& x) { return sum_to(x, {2, 1, 3}); });
  one("sum_to_ends", any({2, 4, 3}), [](const Var& x) { return sum_to(x, {4, 1}); });
  one("sum", any({2, 3}), [](const Var& x) { return sum(x); });
  one("mean", any({2, 3}), [](const Var& x) { return mean(x); });
  one("reshape", any({2, 6}), [](const Var& x) { return reshape(x, {3, 4}); });
  one("flatten", any({2, 2, 1, 3}), [](const Var& x) { return flatten(x); });
}

void add_matrices(std::vector<OpCase>& cases) {
  for (const bool left : {false, true})
    for (const bool right : {false, true})
      cases.push_back(
          {str("matmul", left ? "_transposed" : "", right ? "_by_transposed" : ""),
           {any(left ? Shape{4, 3} : Shape{3, 4}), any(right ? Shape{5, 4} : Shape{4, 5})},
           [=](const Vars& v) { return matmul(v[0], left, v[1], right); }});
  cases.push_back({"linear", {any({3, 4}), any({5, 4}), any({5})}, [](const Vars& v) {
                     return linear(v[0], v[1], v[2]);
                   }});
  cases.push_back({"linear_without_bias", {any({3, 4}), any({5, 4})}, [](const Vars& v) {
                     return linear(v[0], v[1], {});
                   }});
}

struct Window {
  std::int64_t kernel_h, kernel_w, stride, padding;
  std::string name() const { return str(kernel_h, "x", kernel_w, "s", stride, "p", padding); }
  Conv2dGeometry geometry() const { return {stride, padding}; }
  Shape output(const Shape& x, std::int64_t channels) const {
    return {x[0], geometry().output_size(x[1], kernel_h), geometry().output_size(x[2], kernel_w),
            channels};
  }
};

// The convolution and, as ops of their own, its two gradients.
void add_convolutions(std::vector<OpCase>& cases) {
  const Shape x{2, 4, 5, 2};
  cases.push_back({"conv2d_without_bias", {any(x), any({3, 3, 3, 2})}, [](const Vars& v) {
                     return conv2d(v[0], v[1], {}, {1, 1});
                   }});
  const Window windows[] = {{1, 1, 1, 0}, {1, 1, 2, 0}, {3, 3, 1, 0}, {3, 3, 1, 1},
                            {3, 3, 1, 2}, {3, 3, 2, 0}, {3, 3, 2, 1}, {5, 5, 1, 2},
                            {5, 5, 2, 1}, {3, 2, 1, 1}, {2, 3, 2, 0}};
  for (const Window& window : windows) {
    const Conv2dGeometry at = window.geometry();
    const Shape weight{3, window.kernel_h, window.kernel_w, 2}, y = window.output(x, 3);
    cases.push_back({"conv2d_" + window.name(),
                     {any(x), any(weight), any({3})},
                     [at](const Vars& v) { return conv2d(v[0], v[1], v[2], at); }});
    cases.push_back({"conv2d_data_gradient_" + window.name(),
                     {any(y), any(weight)},
                     [at, x](const Vars& v) { return conv2d_data_gradient(v[0], v[1], x, at); }});
    cases.push_back(
        {"conv2d_weight_gradient_" + window.name(), {any(x), any(y)}, [at, weight](const Vars& v) {
           return conv2d_weight_gradient(v[0], v[1], weight, at);
         }});
  }
}

void add_blocks(std::vector<OpCase>& cases) {
  const auto block = [&](const std::string& name, Window window, std::optional<PoolGeometry> pool,
                         bool with_bias) {
    cases.push_back({"conv2d_block_" + name, {any({2, 6, 6, 2})}, [=](const Vars& v) {
                       const Shape shape{3, window.kernel_h, window.kernel_w, 2};
                       const Tensor bias = with_bias ? constant({3}, v, 12) : Tensor();
                       return conv2d_block(v[0], constant(shape, v, 11), bias, window.geometry(),
                                           pool ? &*pool : nullptr);
                     }});
  };
  block("3x3", {3, 3, 1, 1}, {}, true);
  block("3x3_without_bias", {3, 3, 1, 1}, {}, false);
  block("3x3_pool", {3, 3, 1, 1}, PoolGeometry{2, 2}, true);
  block("3x3s2_pool", {3, 3, 2, 1}, PoolGeometry{3, 2}, true);
  block("5x5_overlapping_pool", {5, 5, 1, 2}, PoolGeometry{3, 1}, true);
}

void add_normalisation(std::vector<OpCase>& cases) {
  for (const Shape& x : {Shape{3, 2, 2, 3}, Shape{5, 3}}) {
    const std::string rank = str("_rank_", x.rank());
    cases.push_back({"batch_norm" + rank, {any(x), any({3}), any({3})}, [](const Vars& v) {
                       return batch_norm(v[0], constant({3}, v, 21), constant({3}, v, 22, 0.5f, 2),
                                         v[1], v[2], 1e-5);
                     }});
    cases.push_back({"batch_norm_training" + rank, {any(x), any({3}), any({3})}, [](const Vars& v) {
                       return batch_norm_training(v[0], v[1], v[2], 1e-5).output;
                     }});
  }
}

void add_activations(std::vector<OpCase>& cases) {
  cases.push_back({"relu", {off_zero({2, 3, 3})}, [](const Vars& v) { return relu(v[0]); }});
  const auto prelu_case = [&](const std::string& name, Shape x, Shape slope) {
    cases.push_back({"prelu_" + name,
                     {off_zero(std::move(x)), any(std::move(slope))},
                     [](const Vars& v) { return prelu(v[0], v[1]); }});
  };
  prelu_case("shared", {2, 3, 3, 2}, {1});
  prelu_case("per_channel", {2, 3, 3, 2}, {2});
  prelu_case("rank_2", {3, 5}, {5});
  const auto pool = [&](const std::string& name, Shape x, PoolGeometry at) {
    cases.push_back({"max_pool2d_" + name, {all_unlike(std::move(x))}, [at](const Vars& v) {
                       return max_pool2d(v[0], at);
                     }});
  };
  pool("2s2", {2, 4, 6, 2}, {2, 2});
  pool("2s2_odd", {2, 5, 7, 2}, {2, 2});
  pool("3s2", {1, 7, 5, 2}, {3, 2});
  pool("3s1_overlapping", {1, 5, 5, 2}, {3, 1});
  pool("1s2", {1, 5, 4, 2}, {1, 2});
}

// Pictures turned, scaled and moved: within the picture, across its edge, and to other sizes.
void add_sampling(std::vector<OpCase>& cases) {
  const auto sample = [&](const std::string& name, const AffineMap& map, std::int64_t height,
                          std::int64_t width) {
    cases.push_back({"sample_affine_" + name, {any({2, 5, 6, 3})}, [=](const Vars& v) {
                       return sample_affine(v[0], map, height, width);
                     }});
  };
  sample("cropped", {1, 0, 1, 0, 1, 2}, 3, 3);
  sample("moved", {1, 0, -1.25, 0, 1, 0.75}, 5, 6);
  sample("enlarged", {0.4, 0, 0.1, 0, 0.35, -0.2}, 11, 13);
  sample("reduced", {1.6, 0, 0.3, 0, 1.9, 0.2}, 3, 3);
  sample("turned", {0.8, -0.6, 1.5, 0.6, 0.8, -0.7}, 5, 6);
  sample("mirrored_and_turned", {-0.9, 0.5, 3.1, 0.4, 1.1, 0.3}, 4, 5);
}

void add_classes(std::vector<OpCase>& cases) {
  for (const Shape& x : {Shape{3, 5}, Shape{2, 2, 4}}) {
    const std::string rank = str("_rank_", x.rank());
    cases.push_back({"softmax" + rank, {any(x)}, [](const Vars& v) { return softmax(v[0]); }});
    cases.push_back(
        {"log_softmax" + rank, {any(x)}, [](const Vars& v) { return log_softmax(v[0]); }});
  }
  cases.push_back({"pick", {any({4, 3})}, [](const Vars& v) {
                     return pick(v[0], labels({2, 0, 1, 0}));
                   }});
  cases.push_back({"cross_entropy", {any({4, 3})}, [](const Vars& v) {
                     return cross_entropy(v[0], labels({2, 0, 1, 0}));
                   }});
}

// Graphs in which a value is used more than once.
void add_graphs(std::vector<OpCase>& cases) {
  cases.push_back({"square", {any({5})}, [](const Vars& v) { return multiply(v[0], v[0]); }});
  cases.push_back({"twice", {any({5})}, [](const Vars& v) { return add(v[0], v[0]); }});
  cases.push_back({"gram_matrix", {any({3, 4})}, [](const Vars& v) {
                     return matmul(v[0], false, v[0], true);
                   }});
  cases.push_back({"diamond", {any({5})}, [](const Vars& v) {
                     const Var top = exp(v[0]);
                     return multiply(tanh(top), add(multiply(top, v[0]), top));
                   }});
  cases.push_back({"same_weight_twice", {any({2, 3}), any({3, 3}), any({3})}, [](const Vars& v) {
                     return linear(tanh(linear(v[0], v[1], v[2])), v[1], v[2]);
                   }});
  cases.push_back(
      {"same_convolution_twice", {any({1, 4, 4, 2}), any({2, 3, 3, 2})}, [](const Vars& v) {
         return conv2d(tanh(conv2d(v[0], v[1], {}, {1, 1})), v[1], {}, {1, 1});
       }});
  cases.push_back({"residual", {any({1, 4, 4, 2}), any({2, 3, 3, 2}), any({2})}, [](const Vars& v) {
                     return sigmoid(add(v[0], conv2d(v[0], v[1], v[2], {1, 1})));
                   }});
  cases.push_back({"small_network",
                   {any({2, 6, 6, 2}), any({3, 3, 3, 2}), any({3}), any({4, 27})},
                   [](const Vars& v) {
                     const Var y = max_pool2d(relu(conv2d(v[0], v[1], v[2], {1, 1})), {2, 2});
                     return cross_entropy(linear(flatten(y), v[3], {}), labels({3, 1}));
                   }});
}

}  // namespace

Tensor CaseInput::draw(DType dtype, std::uint64_t seed) const {
  if (values == Values::all_unlike) return shuffled(shape, dtype, seed, low);
  if (values == Values::uniform) return uniform(shape, dtype, seed, low, high);
  const Tensor size = uniform(shape, DType::f32, seed, low, high);
  const Tensor sign = uniform(shape, DType::f32, seed + 1000);
  Tensor out(shape);
  for (std::int64_t i = 0; i < out.numel(); ++i)
    out.mutable_data<float>()[i] = std::copysign(size.data<float>()[i], sign.data<float>()[i]);
  return out.to(dtype);
}

std::vector<Tensor> OpCase::draw(DType dtype) const {
  std::vector<Tensor> drawn;
  for (const CaseInput& input : inputs) drawn.push_back(input.draw(dtype, 100 + drawn.size()));
  return drawn;
}

const std::vector<OpCase>& small_cases() {
  static const std::vector<OpCase> all = [] {
    std::vector<OpCase> cases;
    add_arithmetic(cases);
    add_matrices(cases);
    add_convolutions(cases);
    add_blocks(cases);
    add_normalisation(cases);
    add_activations(cases);
    add_sampling(cases);
    add_classes(cases);
    add_graphs(cases);
    return cases;
  }();
  return all;
}

const std::vector<OpCase>& large_cases() {
  static const std::vector<OpCase> all = [] {
    std::vector<OpCase> cases;
    const auto convolution = [&](const Shape& x, std::int64_t out, Window window) {
      const Conv2dGeometry at = window.geometry();
      const Shape weight{out, window.kernel_h, window.kernel_w, x[3]};
      cases.push_back({str("conv2d_", window.name(), "_", x, "_to_", out),
                       {any(x), any(weight), any({out})},
                       [at](const Vars& v) { return conv2d(v[0], v[1], v[2], at); }});
    };
    const Window same{3, 3, 1, 1};
    convolution({1, 12, 12, 64}, 64, same);  // Winograd
    convolution({3, 9, 7, 64}, 128, same);   // Winograd, tiles that do not fit
    convolution({1, 16, 16, 3}, 64, same);   // the first layer, and the last gradient
    convolution({3, 8, 8, 3}, 128, same);
    convolution({2, 8, 8, 64}, 3, same);  // few output channels
    convolution({2, 8, 8, 64}, 11, same);
    convolution({1, 16, 16, 3}, 8, same);  // narrow
    convolution({3, 12, 12, 8}, 16, same);
    convolution({3, 8, 8, 16}, 16, same);
    convolution({2, 8, 8, 32}, 32, same);
    convolution({2, 9, 5, 17}, 19, same);  // no multiple of anything
    convolution({2, 8, 8, 64}, 64, {3, 3, 1, 0});
    convolution({1, 7, 7, 64}, 64, {3, 3, 1, 2});
    convolution({2, 9, 9, 64}, 64, {3, 3, 2, 1});
    convolution({2, 10, 10, 16}, 32, {3, 3, 2, 0});
    convolution({2, 8, 8, 64}, 128, {1, 1, 1, 0});
    convolution({2, 9, 8, 16}, 24, {1, 1, 2, 0});
    convolution({1, 10, 10, 16}, 32, {5, 5, 1, 2});
    convolution({1, 12, 12, 3}, 64, {5, 5, 2, 2});
    convolution({2, 8, 8, 3}, 16, {3, 2, 1, 1});  // a window that is no square
    cases.push_back({"conv2d_block_wide", {any({2, 8, 8, 64})}, [](const Vars& v) {
                       const PoolGeometry pool{2, 2};
                       return conv2d_block(v[0], constant({64, 3, 3, 64}, v, 31, -0.1f, 0.1f),
                                           constant({64}, v, 32), {1, 1}, &pool);
                     }});
    cases.push_back({"batch_norm_training_of_blocks",
                     {any({2, 6, 6, 64}), any({64, 3, 3, 64}), any({64}), any({64})},
                     [](const Vars& v) {
                       const Var y = conv2d(v[0], v[1], {}, {1, 1});
                       return batch_norm_training(y, v[2], v[3], 1e-5).output;
                     }});
    cases.push_back({"prelu_of_blocks",
                     {any({2, 6, 6, 64}), any({64, 3, 3, 64}), any({64})},
                     [](const Vars& v) {
                       const Var y = conv2d(v[0], v[1], {}, {1, 1});
                       return max_pool2d(prelu(affine(y, 1, 0.5), v[2]), {2, 2});
                     }});
    cases.push_back({"linear_wide",
                     {any({9, 300}), any({140, 300}), any({140})},
                     [](const Vars& v) { return linear(v[0], v[1], v[2]); }});
    return cases;
  }();
  return all;
}

}  // namespace backlight::testing
