#include "layers/sequential.h"

#include <algorithm>

#include "layers/activation.h"

namespace backlight {
namespace {

bool same_sources(const std::vector<std::pair<Tensor, std::uint64_t>>& a,
                  const std::vector<std::pair<Tensor, std::uint64_t>>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& u, const auto& v) {
    return u.first.address() == v.first.address() && u.second == v.second;
  });
}

bool is_tracked(const Tensor& tensor) { return tensor.defined() && Var(tensor).tracked(); }

}  // namespace

Var Sequential::forward_to(std::size_t last, const Var& x) {
  require(last < layers_.size(), "there is no layer ", last, " in a chain of ", layers_.size());
  return run(x, 0, last + 1);
}

std::vector<LocalStage> Sequential::local_stages(const std::string& name) {
  std::vector<LocalStage> stages;
  std::size_t first = 0;
  Locality stage;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    const std::optional<Locality> layer = layers_[i]->locality();
    if (!layer) return {};
    stage.reach += layer->reach;  // pooling comes last, so that all reaches are in input pixels
    stage.stride = layer->stride;
    if (layer->stride == 1 && i + 1 < layers_.size()) continue;
    stages.push_back({[this, name, first, end = i + 1](const Var& x) {
                        const LayerScope scope(name);
                        return run(x, first, end);
                      },
                      stage});
    first = i + 1;
    stage = {};
  }
  return stages;
}

Var Sequential::run(const Var& x, std::size_t first, std::size_t end) {
  Var value = x;
  for (std::size_t i = first; i < end;) {
    const Block block = training() ? Block{} : find_block(i, end);
    const std::size_t last = block.length ? i + block.length - 1 : i;
    const LayerScope scope(std::to_string(last));
    value = observe(block.length ? run_block(block, value) : layers_[i]->forward(value));
    i = last + 1;
  }
  return value;
}

// The longest run from `first` on, and before `limit`, that the open recording lets be one op.
Sequential::Block Sequential::find_block(std::size_t first, std::size_t limit) const {
  const auto at = [&]<typename L>(std::size_t i, L*) {
    return i < limit ? dynamic_cast<L*>(layers_[i].get()) : nullptr;
  };
  Block block;
  block.conv = at(first, static_cast<Conv2d*>(nullptr));
  if (!block.conv || is_tracked(block.conv->weight) || is_tracked(block.conv->bias)) return {};
  std::vector<std::string> between;
  std::vector<OpKind> kinds{OpKind::conv2d};
  const std::string& prefix = LayerScope::current();
  // Whether the layer after the run may join it, as an op of this kind.
  const auto joins = [&](OpKind kind) {
    const std::size_t end = first + between.size();
    between.push_back((prefix.empty() ? "" : prefix + ".") + std::to_string(end));
    kinds.push_back(kind);
    const Recording* const recording = Recording::current();
    return !recording || recording->may_fuse(between, kinds);
  };
  std::size_t end = first + 1;
  block.norm = at(end, static_cast<BatchNorm2d*>(nullptr));
  if (block.norm && (is_tracked(block.norm->weight) || is_tracked(block.norm->bias))) return {};
  if (block.norm && !joins(OpKind::batch_norm)) return {};
  if (block.norm) block.length = (end += 1) - first;
  if (!at(end, static_cast<ReLU*>(nullptr)) || !joins(OpKind::relu)) return block;
  block.relu = true;
  block.length = (end += 1) - first;
  const MaxPool2d* pool = at(end, static_cast<MaxPool2d*>(nullptr));
  if (!pool || !joins(OpKind::max_pool2d)) return block;
  block.pool = &pool->geometry();
  block.length = end + 1 - first;
  return block;
}

Var Sequential::run_block(const Block& block, const Var& x) {
  const Tensor& weight = block.norm ? folded(*block.conv, *block.norm).weight : block.conv->weight;
  Tensor bias = block.norm ? folded(*block.conv, *block.norm).bias : block.conv->bias;
  if (!block.relu) return conv2d(x, weight, bias, block.conv->geometry());
  return conv2d_block(x, weight, bias, block.conv->geometry(), block.pool);
}

const FoldedConv2d& Sequential::folded(Conv2d& conv, BatchNorm2d& norm) {
  std::vector<std::pair<Tensor, std::uint64_t>> sources;
  for (const Tensor* tensor :
       {&conv.weight, &conv.bias, &norm.weight, &norm.bias, &norm.running_mean, &norm.running_var})
    if (tensor->defined()) sources.emplace_back(*tensor, tensor->storage().version());
  Fold& fold_of_conv = folds_[&conv];
  if (!same_sources(fold_of_conv.sources, sources)) fold_of_conv = {sources, fold(conv, norm)};
  return fold_of_conv.result;
}

Shape Sequential::output_shape(const Shape& input) const {
  Shape shape = input;
  for (const auto& layer : layers_) shape = layer->output_shape(shape);
  return shape;
}

double Sequential::flop(const Shape& input) const {
  Shape shape = input;
  double total = 0;
  for (const auto& layer : layers_) {
    total += layer->flop(shape);
    shape = layer->output_shape(shape);
  }
  return total;
}

void Sequential::collect(const std::string& prefix, std::vector<NamedTensor>& out) {
  for (std::size_t i = 0; i < layers_.size(); ++i)
    layers_[i]->collect(prefix + std::to_string(i) + ".", out);
}

void Sequential::set_training(bool training) {
  Layer::set_training(training);
  for (const auto& layer : layers_) layer->set_training(training);
}

std::vector<LayerInfo> Sequential::describe(const std::string& prefix, Shape input) {
  std::vector<LayerInfo> infos;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    Layer& layer = *layers_[i];
    LayerInfo info{prefix + std::to_string(i), layer.description(), layer.output_shape(input), 0,
                   layer.flop(input)};
    std::vector<NamedTensor> tensors;
    layer.collect("", tensors);
    for (const NamedTensor& named : tensors)
      if (named.trainable) info.parameters += named.tensor->numel();
    input = info.output;
    infos.push_back(std::move(info));
  }
  return infos;
}

}  // namespace backlight
