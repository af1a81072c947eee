// What a recording keeps, and that letting go of it is safe.
#include "autograd/grad.h"
#include "autograd/ops.h"
#include "autograd/recording.h"
#include "tests/testing.h"

namespace backlight {
namespace {

using namespace backlight::testing;

std::size_t live_bytes() { return memory_use().live; }

constexpr PoolGeometry kPool{2, 2};

struct Stage {
  Tensor weight = uniform({16, 3, 3, 16}, DType::f32, 1, -0.1f, 0.1f);
  Tensor bias = uniform({16}, DType::f32, 2);
};

// Three convolutions with ReLU, then pooling, as separate ops or as one.
Var run(const Var& x, const std::vector<Stage>& stages, bool as_one) {
  Var value = x;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    const Stage& stage = stages[i];
    const bool last = i + 1 == stages.size();
    if (as_one) {
      value = conv2d_block(value, stage.weight, stage.bias, {1, 1}, last ? &kPool : nullptr);
    } else {
      value = relu(conv2d(value, stage.weight, stage.bias, {1, 1}));
      if (last) value = max_pool2d(value, kPool);
    }
  }
  return sum(value);
}

// After the forward pass only a bit per ReLU and a byte per pooled element are left: 1/32 of each
// activation, and 1/4 of the last.
TEST(Memory, AnInputGradientKeepsBitsAndIndicesOnly) {
  const std::vector<Stage> stages(3);
  const Tensor photo = uniform({2, 32, 32, 16}, DType::f32, 3);
  const std::size_t activation = photo.nbytes();
  for (const bool as_one : {false, true}) {
    run(photo, stages, as_one);  // packs the weights
    Recording recording;
    const Var x = recording.input(photo);
    const std::size_t before = live_bytes();
    const Var y = run(x, stages, as_one);
    const std::size_t kept = live_bytes() - before;
    EXPECT_LT(kept, activation / 4) << "of " << 3 * activation << " bytes of activations";
    EXPECT_GT(kept, activation / 32);
    EXPECT_GT(norm(grad(y, x)), 0);
  }
}

TEST(Memory, ARuleKeepsWhatItNeeds) {
  const Tensor photo = uniform({2, 32, 32, 16}, DType::f32, 3);
  const std::vector<Stage> stages(3);
  const Rule rule{.kind = OpKind::relu,
                  .needs_inputs = true,
                  .vjp = [](const Node&, const Var& g) -> std::vector<Var> { return {g}; }};
  run(photo, stages, false);
  Recording recording({.rules = {rule}});
  const Var x = recording.input(photo);
  const std::size_t before = live_bytes();
  const Var y = run(x, stages, false);
  EXPECT_GE(live_bytes() - before, 3 * photo.nbytes());
}

TEST(Memory, NothingIsLeftWhenTheGraphIsGone) {
  const std::vector<Stage> stages(3);
  const Tensor photo = uniform({2, 32, 32, 16}, DType::f32, 3);
  const auto differentiate = [&] {
    Recording recording({.names = {"unused"}, .create_graph = true});
    const Var x = recording.input(photo);
    const std::vector<Var> inputs{x}, outputs{run(x, stages, false)};
    const Var g = grad(outputs, inputs, {.create_graph = true})[0];
    grad(sum(multiply(g, g)), x);
  };
  differentiate();
  const std::size_t before = live_bytes();
  differentiate();
  EXPECT_EQ(live_bytes(), before);
}

// A cotangent is freed once it has been passed on: the peak of a backward pass does not grow with
// the depth.
TEST(Memory, CotangentsAreFreedOnTheWay) {
  const std::size_t size = uniform({1 << 16}, DType::f32, 1).nbytes();
  Recording recording;
  const Var x = recording.input(uniform({1 << 16}, DType::f32, 1));
  Var y = x;
  for (int i = 0; i < 50; ++i) y = affine(y, 1.01, 0);
  const std::size_t before = memory_use().peak, live = live_bytes();
  grad(y, x);
  EXPECT_LE(memory_use().peak, std::max(before, live + 6 * size));
}

constexpr int kDepth = 100'000;

Var deep_chain(const Var& x, Var (*step)(const Var&, const Var&)) {
  Var y = x;
  for (int i = 0; i < kDepth; ++i) y = step(y, x);
  return y;
}

// Unlinking by recursion would overflow the stack.
TEST(Memory, AVeryDeepGraphUnwinds) {
  Recording recording;
  const Var x = recording.input(Tensor::full({1}, 0.5, DType::f64));
  EXPECT_EQ(grad(deep_chain(x, add), x).item(), kDepth + 1);
  EXPECT_TRUE(deep_chain(x, multiply).tracked());
}

TEST(Memory, AVeryDeepGraphUnwindsWhenARuleKeptItsInputs) {
  const Rule rule{.kind = OpKind::add,
                  .needs_inputs = true,
                  .vjp = [](const Node&, const Var& g) -> std::vector<Var> {
                    return {g, g};
                  }};
  Recording recording({.rules = {rule}});
  const Var x = recording.input(Tensor::full({1}, 0.5, DType::f64));
  EXPECT_TRUE(deep_chain(x, add).tracked());
}

}  // namespace
}  // namespace backlight
