// A chain of layers, named by their positions as in torch.nn.Sequential.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "layers/conv2d.h"
#include "layers/layer.h"
#include "layers/local_stage.h"

namespace backlight {

// In evaluation, a convolution takes in the batch norm, ReLU and max pooling that follow it and
// they run as one op - but only where the open recording asked for nothing that lies between.
class Sequential final : public Layer {
 public:
  template <typename L, typename... Arguments>
  L& add(Arguments&&... arguments) {
    auto layer = std::make_unique<L>(std::forward<Arguments>(arguments)...);
    L& reference = *layer;
    layers_.push_back(std::move(layer));
    return reference;
  }

  Var forward(const Var& x) override { return run(x, 0, layers_.size()); }
  // The output of the layer at position `last`; those behind it do not run.
  Var forward_to(std::size_t last, const Var& x);
  // The chain cut behind every pooling, if all of it is local; else nothing. The stages run it as
  // part of `name` and refer to it: they are good while it lives, stays in place and is in
  // evaluation.
  std::vector<LocalStage> local_stages(const std::string& name);
  std::string description() const override { return str("Sequential of ", layers_.size()); }
  Shape output_shape(const Shape& input) const override;
  double flop(const Shape& input) const override;
  void collect(const std::string& prefix, std::vector<NamedTensor>& out) override;
  void set_training(bool training) override;

  std::size_t size() const { return layers_.size(); }
  Layer& operator[](std::size_t i) { return *layers_.at(i); }
  // What each layer is and costs for an input of this shape (batch axis included), under `prefix`.
  std::vector<LayerInfo> describe(const std::string& prefix, Shape input);

 private:
  // A run of layers that can be one op: a convolution and how many of the layers behind it join.
  struct Block {
    Conv2d* conv = nullptr;
    BatchNorm2d* norm = nullptr;
    bool relu = false;
    const PoolGeometry* pool = nullptr;
    std::size_t length = 0;  // 0: no such run
  };
  Block find_block(std::size_t first, std::size_t limit) const;
  // Runs the layers [first, end).
  Var run(const Var& x, std::size_t first, std::size_t end);
  Var run_block(const Block& block, const Var& x);
  const FoldedConv2d& folded(Conv2d& conv, BatchNorm2d& norm);

  // A folded pair, good as long as the tensors it came from are the same and unchanged.
  struct Fold {
    std::vector<std::pair<Tensor, std::uint64_t>> sources;  // with their storage's version
    FoldedConv2d result;
  };

  std::vector<std::unique_ptr<Layer>> layers_;
  std::map<const Conv2d*, Fold> folds_;
};

}  // namespace backlight
