#include "models/weights/safetensors.h"

#include <cmath>
#include <filesystem>

#include "tests/models/weights_testing.h"

namespace backlight {
namespace {

using testing::fixture;
using testing::little_endian;

StateDict small_state() {
  StateDict state;
  state.add("bytes", Tensor::from<std::uint8_t>({1, 2, 3}, {3}));
  state.add("weight", Tensor::from<float>({1.5f, -2, 0, 4, 5, 6}, {2, 3}));
  state.add("count", Tensor::from<std::int64_t>({7}, {}));
  state.add("double", Tensor::from<double>({0.1}, {1}));
  state.add("empty", Tensor(Shape{0, 4}));
  state.add("index", Tensor::from<std::int32_t>({-9}, {1}));
  return state;
}

std::string file_of(const std::string& header, const std::string& data) {
  return little_endian(static_cast<std::uint64_t>(header.size())) + header + data;
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape +
         ",\"data_offsets\":" + offsets + "}";
}

TEST(Safetensors, WritesWhatItReads) {
  const StateDict state = small_state();
  const Bytes bytes = encode_safetensors(state, {{"format", "pt"}});
  const StateDict back = read_safetensors(bytes, "memory", {.keep_f64 = true}).state_dict;
  ASSERT_EQ(back.size(), state.size());
  for (auto a = state.begin(), b = back.begin(); a != state.end(); ++a, ++b) {
    EXPECT_EQ(a->first, b->first);
    EXPECT_EQ(a->second.shape(), b->second.shape());
    for (std::int64_t i = 0; i < a->second.numel(); ++i)
      EXPECT_EQ(a->second.at(i), b->second.at(i)) << a->first;
  }
  EXPECT_EQ(back.at("double").dtype(), DType::f64);
}

TEST(Safetensors, WritesTheSameAlignedBytesAlways) {
  const Bytes bytes = encode_safetensors(small_state(), {{"format", "pt"}, {"a", "b"}});
  EXPECT_EQ(bytes, encode_safetensors(small_state(), {{"a", "b"}, {"format", "pt"}}));
  const std::string_view text = as_text(bytes);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  EXPECT_EQ(length % 8, 0u);
  // Eight-byte elements come first, single bytes last.
  const std::string header(text.substr(8, length));
  EXPECT_TRUE(header.starts_with(R"({"__metadata__":{"a":"b","format":"pt"},"bytes":)")) << header;
  EXPECT_NE(header.find(R"("count":{"dtype":"I64","shape":[],"data_offsets":[0,8]})"),
            std::string::npos)
      << header;
  EXPECT_NE(header.find(R"("bytes":{"dtype":"U8","shape":[3],"data_offsets":[44,47]})"),
            std::string::npos)
      << header;
}

TEST(Safetensors, ReadsTheFixtureInItsOrder) {
  const WeightFile file = read_weights(fixture("net.safetensors"));
  EXPECT_EQ(file.format, "safetensors");
  ASSERT_EQ(file.state_dict.size(), 9u);
  EXPECT_EQ(file.state_dict.begin()->first, "conv.weight");
  EXPECT_EQ(file.state_dict.at("fc.weight").at(11), 7 + 11.0 / 8);
}

TEST(Safetensors, SurvivesTheRoundTripThroughAFile) {
  const auto path = std::filesystem::path(::testing::TempDir()) / "backlight_state.safetensors";
  const StateDict state = load_weights(fixture("checkpoint.pth"));
  write_safetensors(path, state);
  const StateDict back = load_weights(path);
  std::filesystem::remove(path);
  ASSERT_EQ(back.size(), state.size());
  for (const auto& [name, tensor] : state)
    EXPECT_EQ(std::memcmp(back.at(name).bytes(), tensor.bytes(), tensor.nbytes()), 0) << name;
}

TEST(Safetensors, RefusesNamesThatAreNotText) {
  StateDict state;
  state.add("\xff", Tensor::scalar(1));
  EXPECT_NE(testing::error_of([&] { encode_safetensors(state, {}); }).find("not text"),
            std::string::npos);
}

TEST(Safetensors, NamesWhatIsWrong) {
  const std::string one = entry("w", "F32", "[1]", "[0,4]");
  const std::string four(4, '\0'), eight(8, '\0');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {file_of("{" + one + "}", ""), "cut short"},
      {file_of("{" + one + "}", eight), "4 bytes after its last entry"},
      {little_endian<std::uint64_t>(1000) + "{}", "header should have 1000 bytes"},
      {file_of("{" + one + "," + entry("v", "F32", "[1]", "[2,6]") + "}", eight), "overlaps"},
      {file_of("{" + entry("w", "F32", "[1]", "[4,8]") + "}", eight), "leaves a gap"},
      {file_of("{" + one + "," + one + "}", four), "two entries named w"},
      {file_of("{" + entry("w", "F32", "[3]", "[0,4]") + "}", four), "reaches element 2"},
      {file_of("{" + entry("w", "F32", "[0]", "[0,4]") + "}", four), "0 elements but 4 bytes"},
      {file_of("{" + entry("w", "F32", "[1]", "[4,0]") + "}", four), "malformed data_offsets"},
      {file_of("{" + entry("w", "F32", "[1]", "[-4,0]") + "}", four), "data_offsets that is not"},
      {file_of("{" + entry("w", "F32", "[1]", "[0]") + "}", four), "malformed data_offsets"},
      {file_of("{" + entry("w", "F32", "[-1]", "[0,4]") + "}", four), "shape that is not"},
      {file_of("{" + entry("w", "F32", "[0.5]", "[0,4]") + "}", four), "shape that is not"},
      {file_of("{" + entry("w", "F32", "[4611686018427387904,4611686018427387904]", "[0,4]") + "}",
               four),
       "impossible shape"},
      {file_of("{" + entry("w", "F32", "[4611686018427387904,8,0]", "[0,0]") + "}", ""),
       "impossible shape"},
      {file_of("{" + entry("w", "F8_E4M3", "[4]", "[0,4]") + "}", four), "type F8_E4M3"},
      {file_of("{" + entry("w", "F32", "[1]", "[0,4]"), four), "damaged safetensors header"},
      {file_of("{\"w\":[]}", four), "is not described"},
      {file_of("{\"w\":{}}", four), "has no dtype"},
      {file_of("{\"w\":" + std::string(100000, '[') + "}", four), "nested too deep"},
      {file_of("{}", ""), "holds no weights"},
      {file_of("{" + entry("w", "F32", "[1]", "[0,4]") + "}", little_endian(INFINITY)),
       "w holds a NaN or an infinity"},
  };
  for (const auto& [bytes, expected] : cases) {
    const std::string message = testing::error_of_reading(bytes);
    EXPECT_NE(message.find(expected), std::string::npos)
        << "expected \"" << expected << "\", got \"" << message << "\"";
  }
}

}  // namespace
}  // namespace backlight
