#include "bench/gpu/kernels_bench.h"

#include <cmath>
#include <memory>
#include <set>

#include "bench/gpu/compare.h"
#include "bench/gpu/library.h"
#include "kernels/conv2d.h"
#include "kernels/gemm.h"

namespace backlight::bench {
namespace {

using kernels::Precision;

constexpr kernels::Conv2dGeometry kSame{.stride = 1, .padding = 1};
constexpr kernels::PoolGeometry kPool{2, 2};

// A convolution of the network and whether pooling follows its ReLU.
struct ConvLayer {
  std::string name;
  std::int64_t size, in, out;
  bool pooled;

  Shape x(std::int64_t batch) const { return {batch, size, size, in}; }
  Shape y(std::int64_t batch) const { return {batch, size, size, out}; }
  Shape weight() const { return {out, 3, 3, in}; }
  std::string shape() const { return str(size, "x", size, ", ", in, " to ", out); }
};

std::vector<ConvLayer> conv_layers(FoodCnn& network) {
  std::vector<ConvLayer> layers;
  const std::vector<LayerInfo> infos = network.describe();
  std::int64_t channels = 3;
  for (std::size_t i = 0; i < infos.size(); ++i) {
    if (!infos[i].description.starts_with("Conv2d")) continue;
    const Shape& y = infos[i].output;
    // Batch norm and ReLU stand between a convolution and its pooling.
    const bool pooled = i + 3 < infos.size() && infos[i + 3].description.starts_with("MaxPool2d");
    layers.push_back({infos[i].name, y[-2], channels, y[-1], pooled});
    channels = y[-1];
  }
  return layers;
}

// The operands of one layer's cases. Activations take turns; the weights are the same each round,
// as they are from chunk to chunk of a network.
struct Operands {
  std::shared_ptr<Rotation> x, g;
  std::shared_ptr<Results> results;
  Tensor weight, bias;

  Operands(const ConvLayer& layer, std::int64_t batch) {
    const double bytes = 4.0 * static_cast<double>(layer.x(batch).numel() + layer.y(batch).numel());
    const auto rotation = [&](const Shape& shape, std::uint64_t seed) {
      return std::make_shared<Rotation>(bytes, [&](std::int64_t number) {
        return normal(shape, 1, seed + static_cast<std::uint64_t>(number));
      });
    };
    x = rotation(layer.x(batch), 1000);
    g = rotation(layer.y(batch), 2000);
    results = std::make_shared<Results>(*x);
    weight = normal(layer.weight(), 1 / std::sqrt(9.0 * static_cast<double>(layer.in)), 3000);
    bias = normal({1, layer.out}, 0.1, 4000).reshape({layer.out});
  }
};

std::vector<Case> cases_of(const ConvLayer& layer, std::int64_t batch, const Operands& o) {
  const auto count = [](const Shape& shape) { return static_cast<double>(shape.numel()); };
  const double x = count(layer.x(batch)), y = count(layer.y(batch)), w = count(layer.weight());
  Case base{.layer = layer.name, .shape = layer.shape()};
  base.flop = 2 * y * 9 * static_cast<double>(layer.in);
  base.bytes = 4 * (x + y + w);
  const auto with = [&](const char* op, std::function<Tensor(std::int64_t)> work) {
    Case one = base;
    one.op = op;
    one.work = [=, results = o.results](std::int64_t round) {
      Tensor result = work(round);
      results->keep(round, result);
      return result;
    };
    return one;
  };
  std::vector<Case> cases{
      with("forward",
           [=](std::int64_t round) {
             return kernels::conv2d((*o.x)[round], o.weight, o.bias, kSame);
           }),
      with("block",
           [=](std::int64_t round) {
             return kernels::conv2d_block((*o.x)[round], o.weight, o.bias, kSame,
                                          layer.pooled ? &kPool : nullptr, true)
                 .y;
           }),
      with("data gradient",
           [=](std::int64_t round) {
             return kernels::conv2d_data_gradient((*o.g)[round], o.weight, layer.x(batch), kSame);
           }),
      with("weight gradient", [=](std::int64_t round) {
        return kernels::conv2d_weight_gradient((*o.x)[round], (*o.g)[round], layer.weight(), kSame);
      })};
  // A bit an element, or a byte a pooled one, and a quarter of the floats.
  cases[1].bytes = layer.pooled ? 4 * (x + w) + 5 * y / 4 : base.bytes + y / 8;
  return cases;
}

constexpr Gradient kGradients[] = {Gradient::none, Gradient::none, Gradient::data,
                                   Gradient::weight};

}  // namespace

bool compare_convolutions(FoodCnn& network, std::int64_t batch,
                          const std::vector<Precision>& precisions, const Ceilings& ceilings,
                          Table& table) {
  bool all_right = true;
  std::set<std::string> seen;
  for (const ConvLayer& layer : conv_layers(network)) {
    if (!seen.insert(layer.shape() + (layer.pooled ? ", pooled" : "")).second) continue;
    const Operands operands(layer, batch);
    for (const Precision precision : precisions) {
      std::vector<Case> cases = cases_of(layer, batch, operands);
      for (std::size_t i = 0; i < cases.size(); ++i) {
        cases[i].precision = precision;
        // A block is more than the library's convolution alone.
        if (precision == Precision::bf16 && cases[i].op != "block")
          cases[i].library = [=] {
            return cudnn_in_bf16(kGradients[i], layer.x(batch), layer.weight(), kSame);
          };
        all_right &= compare(cases[i], ceilings, table);
      }
    }
  }
  return all_right;
}

namespace {

struct Product {
  std::string name;
  std::int64_t m, n, k;
  bool transpose_b;
};

std::vector<Product> products_of(FoodCnn& network, std::int64_t batch) {
  std::vector<Product> products;
  for (const NamedTensor& named : network.named_tensors()) {
    if (named.tensor->rank() != 2) continue;
    const std::int64_t out = named.tensor->dim(0), in = named.tensor->dim(1);
    products.push_back({named.name + " forward", batch, out, in, true});
    products.push_back({named.name + " backward", batch, in, out, false});
  }
  for (const std::int64_t size : {1024, 2048, 4096, 8192})
    products.push_back({"square", size, size, size, false});
  return products;
}

bool compare_product(const Product& p, Precision precision, const Ceilings& ceilings,
                     Table& table) {
  const double elements = static_cast<double>(p.m * p.k + p.k * p.n + p.m * p.n);
  const auto a = std::make_shared<Rotation>(4 * elements, [&](std::int64_t number) {
    return normal({p.m, p.k}, 1, 5000 + static_cast<std::uint64_t>(number));
  });
  const Shape b_shape = p.transpose_b ? Shape{p.n, p.k} : Shape{p.k, p.n};
  const Tensor b = normal(b_shape, 1 / std::sqrt(static_cast<double>(p.k)), 6000);
  Case one{.layer = p.name, .shape = str(p.m, "x", p.n, "x", p.k), .op = "gemm"};
  one.precision = precision;
  one.flop = 2.0 * static_cast<double>(p.m * p.n) * static_cast<double>(p.k);
  one.bytes = 4 * elements;
  one.work = [=](std::int64_t round) {
    return kernels::gemm((*a)[round], false, b, p.transpose_b);
  };
  one.library = [=] {
    return whole_gemm([=](std::int64_t round) -> const Tensor& { return (*a)[round]; }, b,
                      p.transpose_b);
  };
  return compare(one, ceilings, table);
}

}  // namespace

bool compare_gemms(FoodCnn& network, std::int64_t batch, const std::vector<Precision>& precisions,
                   const Ceilings& ceilings, Table& table) {
  bool all_right = true;
  for (const Product& product : products_of(network, batch))
    for (const Precision precision : precisions)
      all_right &= compare_product(product, precision, ceilings, table);
  return all_right;
}

}  // namespace backlight::bench
