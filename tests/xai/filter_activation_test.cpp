#include "xai/filter_activation.h"

#include "tests/xai/food_cnn_fixture.h"
#include "tests/xai/networks.h"

namespace backlight::testing {
namespace {

constexpr int kStride = 4;  // of what the fixture keeps of an activation

Tensor every_fourth(const Tensor& map) {
  const std::int64_t rows = (map.dim(0) + kStride - 1) / kStride;
  const std::int64_t columns = (map.dim(1) + kStride - 1) / kStride;
  Tensor out({1, rows, columns}, map.dtype());
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j < columns; ++j)
      out.mutable_data<double>()[i * columns + j] = map.at(i * kStride * map.dim(1) + j * kStride);
  return out;
}

// A convolution, a pooling, a ReLU and a batch norm, each where PyTorch's hook finds it.
TEST(FilterActivation, IsPyTorchs) {
  const StateDict reference = fixture_weights("food_cnn/filters.safetensors");
  const Model model = food_cnn("food", DType::f64);
  const Tensor pictures = fixture_pictures(2).to(DType::f64);
  int compared = 0;
  for (const auto& [layer, filter] : {std::pair{6, 0}, {9, 5}, {15, 3}, {21, 2}, {23, 7}}) {
    const std::string name = str("activation.", layer, ".", filter);
    const Tensor all = layer_activation(model, pictures, str("cnn.", layer));
    for (std::int64_t n = 0; n < 2; ++n) {
      const FilterActivation found = filter_activation(all, n, filter);
      EXPECT_TRUE(is_close(every_fourth(found.values), reference.at(name).rows(n, 1), 1e-12))
          << name;
      const double sum = reference.at(name + ".sum").at(n);
      EXPECT_FALSE(!(std::abs(found.sum - sum) <= 1e-11 * std::abs(sum))) << name;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 10);
}

// Two layers, by hand: twice the picture, and the mean of its channels for each of two units.
Var named(const Var& x) {
  Var twice;
  {
    const LayerScope scope("twice");
    twice = observe(affine(x, 2, 0));
  }
  const LayerScope scope("units");
  return observe(sum_to(flatten(twice), {x.dim(0), 1}));
}

TEST(FilterActivation, TellsMapsSumsAndMaxima) {
  const Tensor x = Tensor::from<double>({1, 10, -2, 20, 3, 30, 4, 40, 5, 50, 6, 60}, {1, 3, 2, 2});
  const Tensor all = layer_activation(named, x, "twice");
  const FilterActivation first = filter_activation(all, 0, 0);
  EXPECT_TRUE(has_same_bytes(first.values, Tensor::from<double>({2, -4, 6, 8, 10, 12}, {3, 2})));
  EXPECT_EQ(first.sum, 34);
  EXPECT_EQ(first.most, 12);
  EXPECT_EQ(filter_activation(all, 0, 1).sum, 420);
  // A unit of a fully connected layer has one place.
  const FilterActivation unit = filter_activation(layer_activation(named, x, "units"), 0, 0);
  EXPECT_EQ(unit.values.shape(), (Shape{1, 1}));
  EXPECT_EQ(unit.sum, 454);
}

TEST(FilterActivation, SaysWhatIsMissing) {
  const Tensor x = Tensor::zeros({1, 2, 2, 3}, DType::f64);
  EXPECT_NE(message_of([&] { layer_activation(named, x, "thrice"); }).find("'thrice'"),
            std::string::npos);
  const Tensor all = layer_activation(named, x, "twice");
  for (const std::int64_t filter : {-1, 3})
    EXPECT_NE(message_of([&] { filter_activation(all, 0, filter); }).find("a layer of 3"),
              std::string::npos);
  const Model flat = [](const Var& v) {
    const LayerScope scope("row");
    return observe(reshape(v, {v.value().numel()}));
  };
  EXPECT_NE(message_of([&] { layer_activation(flat, x, "row"); }).find("no filters"),
            std::string::npos);
}

}  // namespace
}  // namespace backlight::testing
