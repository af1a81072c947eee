// The two food CNNs of the course: the current one with ReLU, the 2020 one with PReLU.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "layers/sequential.h"
#include "models/weights/state_dict.h"

namespace backlight {

// What tells one food CNN from another.
struct FoodCnnConfig {
  enum class Edition : std::uint8_t { course, prelu_2020 };
  Edition edition = Edition::course;
  std::vector<std::int64_t> widths;  // output channels of each convolution
  std::vector<std::int64_t> hidden;  // widths of the hidden fully connected layers
  std::int64_t classes = 11;
  std::int64_t input_size = 128;  // pixels a side
  double dropout = 0.3;           // course edition: of the hidden layer, in training
  bool prelu_per_channel = false;
  bool last_norm = false;  // 2020 edition: whether the fifth convolution has a batch norm

  // The course's network with every width divided by `divisor`; 1 is the original.
  static FoodCnnConfig course(std::int64_t divisor = 1);
  static FoodCnnConfig prelu_2020(std::int64_t divisor = 1);
  // Reads edition, widths, classes and input size off the tensors. Errors: neither network.
  static FoodCnnConfig detect(const StateDict& weights);

  std::string name() const;
};

// Logits [N,classes] from photos [N,S,S,3] with values in [0,1]. Starts in evaluation mode, with
// zero weights: load or initialise them.
class FoodCnn {
 public:
  explicit FoodCnn(const FoodCnnConfig& config);

  Var forward(const Var& x);
  Var operator()(const Var& x) { return forward(x); }
  // The output of one layer ("cnn.15"); those behind it do not run. Errors: no such layer.
  Var forward_to(const std::string& layer, const Var& x);

  // forward(x) in two parts: head of the last of these stages, which see a photo a neighbourhood at
  // a time; they refer to this network.
  std::vector<LocalStage> stages() { return cnn_.local_stages("cnn"); }
  Var head(const Var& features);

  // Copies the weights in. Errors: missing, unexpected and misshapen entries, listed as PyTorch
  // lists them.
  void load_state_dict(const StateDict& weights);
  StateDict state_dict();

  // PyTorch's default initialisation of convolutions and linear layers, uniform in
  // +-1/sqrt(fan in), from `seed`.
  void initialise(std::uint64_t seed);
  void set_training(bool training);
  // Converts all parameters, for checks in float64.
  void to(DType dtype);
  // Moves all parameters to a device; photos must then be there too. Errors: it was not opened.
  void to(Device device);
  Device device() { return named_tensors().front().tensor->device(); }

  std::vector<NamedTensor> named_tensors();
  std::vector<LayerInfo> describe();
  const FoodCnnConfig& config() const { return config_; }
  // The layer whose output is the last to keep the size of its convolution, before the last pooling
  // ("cnn.36"): where Grad-CAM looks.
  std::string last_features();
  Shape input_shape(std::int64_t batch) const;
  // Bytes of activations that are alive at once in a forward and backward pass of one image:
  // twice the two largest neighbouring activations.
  std::int64_t working_bytes();

 private:
  void build_course();
  void build_prelu_2020();
  void build_head(std::int64_t side);
  void check_input(const Var& x) const;

  FoodCnnConfig config_;
  Sequential cnn_, fc_;
};

}  // namespace backlight
