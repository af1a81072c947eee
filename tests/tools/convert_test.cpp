#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "models/weights/load.h"
#include "tensor/error.h"
#include "tools/verbs.h"

namespace backlight {
namespace {

const std::string kInput = std::string(BACKLIGHT_FIXTURES) + "/weights/checkpoint.pth";

// Runs the program with these arguments; what it printed.
std::string run(const std::vector<std::string>& arguments) {
  CLI::App app;
  tools::add_convert(app);
  ::testing::internal::CaptureStdout();
  try {
    // CLI11 takes the arguments last first.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (...) {
    ::testing::internal::GetCapturedStdout();
    throw;
  }
  return ::testing::internal::GetCapturedStdout();
}

class ConvertTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(output_); }
  std::string output_ = std::filesystem::path(::testing::TempDir()) /
                        ("backlight_convert_" + std::to_string(getpid()) + ".safetensors");
};

TEST_F(ConvertTest, WritesTheSameWeightsAndSaysWhat) {
  const std::string said = run({"convert", kInput, output_});
  const StateDict before = load_weights(kInput), after = load_weights(output_);
  ASSERT_EQ(after.size(), 9u);
  for (const auto& [name, tensor] : before) {
    ASSERT_EQ(after.at(name).shape(), tensor.shape());
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
      EXPECT_EQ(after.at(name).at(i), tensor.at(i)) << name;
  }
  // 24 + 2 of the convolution, 2 + 2 of batch norm, 12 + 3 of the linear layer.
  const auto bytes = std::to_string(std::filesystem::file_size(output_));
  EXPECT_EQ(said, output_ + ": 9 entries, 45 parameters, " + bytes + " bytes, from " + kInput +
                      " (PyTorch zip, model_state_dict)\n");
}

TEST_F(ConvertTest, KeepsDoublesWhenAsked) {
  const std::string input = std::string(BACKLIGHT_FIXTURES) + "/weights/dtypes.pth";
  run({"convert", input, output_});
  EXPECT_EQ(load_weights(output_, {.keep_f64 = true}).at("f64").dtype(), DType::f32);
  run({"convert", "--keep-float64", input, output_});
  EXPECT_EQ(load_weights(output_, {.keep_f64 = true}).at("f64").dtype(), DType::f64);
}

TEST_F(ConvertTest, RefusesBadRequests) {
  EXPECT_THROW(run({"convert", kInput, "weights.pth"}), Error);
  EXPECT_THROW(run({"convert", "none.pth", output_}), Error);
  EXPECT_THROW(run({"convert", kInput}), CLI::RequiredError);
  EXPECT_FALSE(std::filesystem::exists(output_));
}

}  // namespace
}  // namespace backlight
