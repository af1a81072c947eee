#include "tensor/npy.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

namespace backlight {
namespace {

// A .npy file of this version around a header and the elements' bytes.
std::string npy(int version, std::string header, const std::string& elements) {
  header += '\n';
  const auto length = static_cast<std::uint32_t>(header.size());
  std::string out("\x93NUMPY");
  out += {static_cast<char>(version), '\0'};
  out.append(reinterpret_cast<const char*>(&length), version == 1 ? 2 : 4);
  return out + header + elements;
}

template <typename T>
std::string raw(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

Tensor decode(const std::string& file) {
  return decode_npy(std::as_bytes(std::span(file)), "array.npy");
}

std::string error_of(const std::string& file) {
  try {
    decode(file);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

void expect_round_trip(const Tensor& tensor) {
  const Bytes file = encode_npy(tensor);
  EXPECT_EQ((file.size() - tensor.nbytes()) % 64, 0u);
  const Tensor back = decode_npy(file, "memory");
  EXPECT_EQ(back.dtype(), tensor.dtype());
  ASSERT_EQ(back.shape(), tensor.shape());
  EXPECT_EQ(std::memcmp(back.bytes(), tensor.bytes(), tensor.nbytes()), 0);
}

TEST(Npy, EveryDtypeAndRankComesBack) {
  expect_round_trip(Tensor::from<float>({1.5f, -2, 3, 4, 5, 6}, {2, 3}));
  expect_round_trip(Tensor::from<double>({0.1}, {}));
  expect_round_trip(Tensor::from<std::int32_t>({-1, 2, 3}, {3}));
  expect_round_trip(Tensor::from<std::int64_t>({1, 2}, {1, 2, 1}));
  expect_round_trip(Tensor::from<std::uint8_t>({255}, {1}));
  expect_round_trip(Tensor(Shape{0, 3}));
}

TEST(Npy, WritesTheHeaderNumpyWrites) {
  const auto header = [](const Shape& shape) {
    const Bytes file = encode_npy(Tensor::zeros(shape));
    const std::string text(as_text(file).substr(10, 118));
    EXPECT_EQ(text.back(), '\n');
    return text.substr(0, text.find_last_not_of(" \n") + 1);
  };
  EXPECT_EQ(header({}), "{'descr': '<f4', 'fortran_order': False, 'shape': (), }");
  EXPECT_EQ(header({3}), "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }");
  EXPECT_EQ(header({3, 4}), "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }");
  EXPECT_EQ(as_text(encode_npy(Tensor::zeros({3}))).substr(0, 10),
            std::string_view("\x93NUMPY\1\0\x76\0", 10));
}

TEST(Npy, WritesARowMajorFileWhateverTheLayout) {
  Tensor tensor(Shape{1, 2, 2, 32});
  for (int i = 0; i < 128; ++i) tensor.mutable_data<float>()[i] = static_cast<float>(i);
  EXPECT_EQ(encode_npy(tensor.in_layout(Layout::channels_in_16s)), encode_npy(tensor));
}

TEST(Npy, ReadsWhatNumpyMayWrite) {
  const std::string two = raw<float>({1, 2});
  EXPECT_EQ(decode(npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", two)).at(1),
            2);
  EXPECT_EQ(decode(npy(2, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", two)).at(1),
            2);
  // Other orders, quotes and spaces; a vector is in both orders at once.
  EXPECT_EQ(
      decode(npy(3, "{\"shape\":(2,),\"fortran_order\":True,\"descr\":\"<f4\"}   ", two)).shape(),
      (Shape{2}));
  const Tensor flags = decode(npy(1, "{'descr': '|b1', 'fortran_order': False, 'shape': (1, 2), }",
                                  std::string("\1\0", 2)));
  EXPECT_EQ(flags.dtype(), DType::u8);
  EXPECT_EQ(flags.at(0), 1);
}

TEST(Npy, NamesWhatIsWrong) {
  const std::string two = raw<float>({1, 2});
  const auto header = [](const std::string& descr, const std::string& order,
                         const std::string& shape) {
    return "{'descr': " + descr + ", 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "not a .npy file"},
      {"PK\3\4", "not a .npy file"},
      {std::string("\x93NUMPY"), "cut short"},
      {npy(4, "{}", ""), "version 4"},
      {std::string("\x93NUMPY\1\0\xff\xff{}", 12), "cut short"},
      {npy(1, header("'>f4'", "False", "(2,)"), two), "big-endian numbers (>f4)"},
      {npy(1, header("'<f4'", "True", "(1, 2)"), two), "Fortran order"},
      {npy(1, header("'<c8'", "False", "(1,)"), two), "elements of type <c8"},
      {npy(1, header("[('a', '<f4')]", "False", "(2,)"), two), "holds records"},
      {npy(1, header("'<f4'", "Maybe", "(2,)"), two), "damaged .npy header"},
      {npy(1, header("'<f4'", "False", "(-2,)"), two), "damaged .npy header"},
      {npy(1, header("'<f4'", "False", "(2"), two), "damaged .npy header"},
      {npy(1, header("'<f4'", "False", "(2.5,)"), two), "damaged .npy header"},
      {npy(1, header("'<f4'", "False", "(99999999999999999999,)"), two), "damaged .npy header"},
      {npy(1, "{'descr': '<f4', 'shape': (2,), }", two), "damaged .npy header"},
      {npy(1, "{'other': 1}", two), "damaged .npy header"},
      {npy(1, header("'<f4'", "False", "(3,)"), two), "should hold 3 elements"},
      {npy(1, header("'<f4'", "False", "(1,)"), two), "should hold 1 elements"},
      {npy(1, header("'<f4'", "False", "(4611686018427387904,)"), two), "should hold"},
      {npy(1, header("'<f4'", "False", "(4611686018427387904, 4)"), two),
       "array.npy has an impossible shape"},
  };
  for (const auto& [file, expected] : cases) {
    const std::string message = error_of(file);
    EXPECT_NE(message.find(expected), std::string::npos)
        << "expected \"" << expected << "\", got \"" << message << "\"";
  }
}

TEST(Npy, EveryTruncationIsAnError) {
  const Bytes whole = encode_npy(Tensor::full({2, 3}, 1));
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_NE(error_of(std::string(as_text(whole).substr(0, length))), "") << length;
}

TEST(Npy, GoesThroughAFile) {
  const auto path = std::filesystem::path(::testing::TempDir()) /
                    ("backlight_npy_test_" + std::to_string(getpid()) + ".npy");
  write_npy(path, Tensor::from<float>({4, 5}, {2}));
  EXPECT_EQ(read_npy(path).at(1), 5);
  std::filesystem::remove(path);
  EXPECT_THROW(read_npy(path), Error);
}

}  // namespace
}  // namespace backlight
