// What every layer can do.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "autograd/ops.h"
#include "autograd/recording.h"

namespace backlight {

// How PyTorch orders the elements of a tensor that is kept channels last here.
enum class TorchOrder : std::uint8_t {
  same,
  oihw,         // a convolution's weight, kept as [O,KH,KW,I]
  chw_columns,  // a linear layer's weight after a flatten: its columns run over C,H,W there, and
                // over H,W,C here
};

// A parameter or buffer of a layer, by its PyTorch name.
struct NamedTensor {
  std::string name;
  Tensor* tensor;
  bool trainable = true;
  TorchOrder order = TorchOrder::same;
  Shape columns = {};  // [H,W,C] of what was flattened, for chw_columns
};

// The shape PyTorch gives this tensor.
Shape torch_shape(const NamedTensor& named);
// A tensor in PyTorch's order brought into ours, and back. Errors: another shape.
Tensor from_torch(const NamedTensor& named, const Tensor& torch);
Tensor to_torch(const NamedTensor& named);

// What a layer is and costs for one input, for `inspect`.
struct LayerInfo {
  std::string name;         // "cnn.15"
  std::string description;  // as PyTorch prints it: "Conv2d(3, 128, kernel_size=3, padding=1)"
  Shape output;             // of one image, without the batch axis
  std::int64_t parameters = 0;
  double flop = 0;  // multiplications and additions of one forward pass
};

// How near to a pixel of a layer's output lies what it depends on: pixel p of it, along an axis,
// depends on the input's pixels from stride p - reach to stride (p + 1) - 1 + reach alone, and
// those off the picture count as a constant.
struct Locality {
  std::int64_t reach = 0, stride = 1;
};

class Layer {
 public:
  virtual ~Layer() = default;

  virtual Var forward(const Var& x) = 0;
  virtual std::string description() const = 0;
  // The output's shape for an input of this shape, both with the batch axis.
  virtual Shape output_shape(const Shape& input) const { return input; }
  // None: a pixel of the output may depend on all of the input.
  virtual std::optional<Locality> locality() const { return std::nullopt; }
  // Multiplications and additions for an input of this shape.
  virtual double flop(const Shape&) const { return 0; }
  // Appends the layer's tensors under `prefix` ("cnn.15.").
  virtual void collect(const std::string& /*prefix*/, std::vector<NamedTensor>& /*out*/) {}
  // In training, batch norm uses and updates batch statistics, and dropout drops.
  virtual void set_training(bool training) { training_ = training; }
  bool training() const { return training_; }

 private:
  bool training_ = false;
};

}  // namespace backlight
