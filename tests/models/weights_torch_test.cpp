// Files as PyTorch writes them: tests/reference/make_weight_fixtures.py made the fixtures.
#include <cmath>

#include "models/weights/load.h"
#include "tests/models/weights_testing.h"

namespace backlight {
namespace {

using testing::fixture;

// Element i of the fixtures' tensors is start + i / 8.
void expect_ramp(const StateDict& state, const std::string& name, double start,
                 const Shape& shape) {
  const Tensor& tensor = state.at(name);
  EXPECT_EQ(tensor.shape(), shape) << name;
  EXPECT_EQ(tensor.dtype(), DType::f32) << name;
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    EXPECT_EQ(tensor.at(i), start + static_cast<double>(i) / 8) << name << " element " << i;
}

void expect_values(const StateDict& state, const std::string& name, const Shape& shape,
                   const std::vector<double>& values) {
  const Tensor& tensor = state.at(name);
  ASSERT_EQ(tensor.shape(), shape) << name;
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(tensor.at(static_cast<std::int64_t>(i)), values[i]) << name << " element " << i;
}

void expect_net(const StateDict& state) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state) names.push_back(name);
  EXPECT_EQ(names, (std::vector<std::string>{"conv.weight", "conv.bias", "bn.weight", "bn.bias",
                                             "bn.running_mean", "bn.running_var",
                                             "bn.num_batches_tracked", "fc.weight", "fc.bias"}));
  expect_ramp(state, "conv.weight", 0, {2, 3, 2, 2});
  expect_ramp(state, "conv.bias", 1, {2});
  expect_ramp(state, "bn.weight", 2, {2});
  expect_ramp(state, "bn.running_var", 5, {2});
  expect_ramp(state, "fc.weight", 7, {3, 4});
  expect_ramp(state, "fc.bias", 8, {3});
  EXPECT_EQ(state.at("bn.num_batches_tracked").dtype(), DType::i64);
  EXPECT_EQ(state.at("bn.num_batches_tracked").item(), 7);
}

TEST(TorchFile, ReadsTheStateDictOfACheckpoint) {
  for (const char* name : {"checkpoint.pth", "checkpoint_legacy.pth", "checkpoint_deflated.pth"}) {
    SCOPED_TRACE(name);
    const WeightFile file = read_weights(fixture(name));
    EXPECT_EQ(file.found, "model_state_dict");
    EXPECT_EQ(file.format,
              std::string(name) == "checkpoint_legacy.pth" ? "PyTorch legacy" : "PyTorch zip");
    expect_net(file.state_dict);
  }
}

TEST(TorchFile, ReadsABareStateDictOfAnyPickleProtocol) {
  expect_net(load_weights(fixture("protocol_4.pth")));
  expect_net(load_weights(fixture("protocol_5_legacy.pth")));
}

TEST(TorchFile, TakesOffThePrefixesOfWrappers) {
  expect_net(load_weights(fixture("compiled.pth")));
}

TEST(TorchFile, ConvertsTheElementTypes) {
  for (const char* name : {"dtypes.pth", "dtypes_legacy.pth", "dtypes.safetensors"}) {
    SCOPED_TRACE(name);
    const StateDict state = load_weights(fixture(name));
    expect_ramp(state, "f64", 1, {2, 3});
    expect_ramp(state, "f32", -1, {2, 3});
    expect_ramp(state, "f16", -2, {2, 3});
    expect_ramp(state, "bf16", 3, {2, 3});
    for (const char* integer : {"i64", "i32", "i16", "i8", "u8", "bool"})
      EXPECT_EQ(state.at(integer).dtype(), DType::i64) << integer;
    expect_values(state, "i64", {2}, {-1099511627776.0, 5});
    expect_values(state, "i32", {2}, {-7, 8});
    expect_values(state, "i16", {2}, {-300, 300});
    expect_values(state, "i8", {2}, {-128, 127});
    expect_values(state, "u8", {2}, {0, 255});
    expect_values(state, "bool", {2}, {1, 0});
  }
}

TEST(TorchFile, KeepsDoublesWhenAsked) {
  const StateDict state = load_weights(fixture("dtypes.pth"), {.keep_f64 = true});
  EXPECT_EQ(state.at("f64").dtype(), DType::f64);
  EXPECT_EQ(state.at("f64").at(5), 1.625);
  EXPECT_EQ(state.at("f16").dtype(), DType::f32);
}

TEST(TorchFile, ReadsViewsAndSharedStorages) {
  for (const char* name : {"views.pth", "views_legacy.pth"}) {
    SCOPED_TRACE(name);
    const StateDict state = load_weights(fixture(name));
    expect_ramp(state, "base", 0, {4, 6});
    const Tensor& base = state.at("base");
    const Tensor& transposed = state.at("transposed");
    ASSERT_EQ(transposed.shape(), (Shape{6, 4}));
    for (std::int64_t i = 0; i < 6; ++i)
      for (std::int64_t j = 0; j < 4; ++j) EXPECT_EQ(transposed.at(i * 4 + j), base.at(j * 6 + i));
    expect_values(state, "window", {2, 3}, {1, 1.125, 1.25, 1.75, 1.875, 2});
    expect_values(state, "every_other", {2, 2}, {0, 0.375, 1.5, 1.875});
    expect_values(state, "expanded", {3, 2}, {0, 0.125, 0, 0.125, 0, 0.125});
    expect_ramp(state, "parameter", 1, {2});
    expect_ramp(state, "parameter_with_attribute", 2, {3});
    expect_values(state, "scalar", {}, {2.5});
    EXPECT_EQ(state.at("empty").shape(), (Shape{0, 3}));
    const Tensor& permuted = state.at("permuted");
    ASSERT_EQ(permuted.shape(), (Shape{4, 2, 3}));
    for (std::int64_t k = 0; k < 4; ++k)
      for (std::int64_t ij = 0; ij < 6; ++ij)
        EXPECT_EQ(permuted.at(k * 6 + ij), static_cast<double>(ij * 4 + k) / 8);
  }
}

TEST(TorchFile, ReadsTheViewMetadataOfOldLegacyFiles) {
  const StateDict state = load_weights(fixture("view_metadata_legacy.pth"));
  expect_ramp(state, "whole", 0, {6});
  expect_values(state, "tail", {2}, {0.5, 0.625});
}

TEST(TorchFile, PrefersTheUsualKeyAndSaysWhereItLooked) {
  const WeightFile file = read_weights(fixture("usual_key.pth"));
  EXPECT_EQ(file.found, "run.model");
  expect_ramp(file.state_dict, "w", 1, {2});
}

TEST(TorchFile, HalfSpecialValuesAreExact) {
  using namespace testing::code;
  const std::string pickled = pickle(dict({{"w", tensor({.storage = "HalfStorage"})}}));
  // The smallest subnormal, the largest subnormal, the largest number and minus zero.
  const std::string halves = std::string("\x01\x00\xff\x03\xff\x7b\x00\x80", 8);
  const StateDict state = testing::read(testing::torch_zip(pickled, halves)).state_dict;
  expect_values(state, "w", {4}, {0x1p-24, 1023 * 0x1p-24, 65504, 0});
  EXPECT_TRUE(std::signbit(state.at("w").at(3)));
}

TEST(TorchFile, NamesWhatItCannotRead) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"two_models.pth", "several sets of weights (generator, discriminator)"},
      {"no_weights.pth", "holds no state dict"},
      {"one_tensor.pth", "holds a single tensor"},
      {"whole_model.pth", "whole pickled model (torch.nn.modules.linear.Linear)"},
      {"sparse.pth", "w is not a plain dense tensor"},
      {"complex.pth", "w holds elements of type torch.ComplexFloatStorage"},
      {"nan.pth", "bn.bias holds a NaN or an infinity"},
      {"plain_pickle.pth", "is a plain Python pickle"},
  };
  for (const auto& [name, expected] : cases) {
    const std::string message = testing::error_of([&] { load_weights(fixture(name)); });
    EXPECT_NE(message.find(expected), std::string::npos) << name << ": " << message;
    EXPECT_NE(message.find(name), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

}  // namespace
}  // namespace backlight
