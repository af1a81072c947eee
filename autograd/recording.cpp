#include "autograd/recording.h"

#include <algorithm>
#include <atomic>

namespace backlight {
namespace {

thread_local Recording* open_recording = nullptr;
thread_local std::string layer_name;
std::atomic<std::uint64_t> next_order{1};

struct InputOp final : Op {
  OpKind kind() const override { return OpKind::input; }
  std::vector<Var> vjp(const VjpContext&, const Var&) const override { return {}; }
};

struct NamedOp final : Op {
  OpKind kind() const override { return OpKind::named; }
  std::vector<Var> vjp(const VjpContext&, const Var& cotangent) const override {
    return {cotangent};
  }
};

// Appends the name of an inner layer; the length of the outer one's.
std::size_t enter_layer(const std::string& name) {
  const std::size_t outer = layer_name.size();
  if (!layer_name.empty()) layer_name += '.';
  layer_name += name;
  return outer;
}

std::shared_ptr<Node> make_node(std::unique_ptr<Op> op, const Tensor& output) {
  auto node = std::make_shared<Node>();
  node->op = std::move(op);
  node->shape = output.shape();
  node->dtype = output.dtype();
  node->order = next_order++;
  node->layer = layer_name;
  return node;
}

}  // namespace

const char* name_of(OpKind kind) {
  switch (kind) {
    case OpKind::input: return "input";
    case OpKind::named: return "named";
    case OpKind::add: return "add";
    case OpKind::subtract: return "subtract";
    case OpKind::multiply: return "multiply";
    case OpKind::divide: return "divide";
    case OpKind::affine: return "affine";
    case OpKind::power: return "power";
    case OpKind::exp: return "exp";
    case OpKind::log: return "log";
    case OpKind::tanh: return "tanh";
    case OpKind::sigmoid: return "sigmoid";
    case OpKind::broadcast_to: return "broadcast_to";
    case OpKind::sum_to: return "sum_to";
    case OpKind::reshape: return "reshape";
    case OpKind::matmul: return "matmul";
    case OpKind::linear: return "linear";
    case OpKind::conv2d: return "conv2d";
    case OpKind::conv2d_data_gradient: return "conv2d_data_gradient";
    case OpKind::conv2d_weight_gradient: return "conv2d_weight_gradient";
    case OpKind::conv2d_block: return "conv2d_block";
    case OpKind::batch_norm: return "batch_norm";
    case OpKind::relu: return "relu";
    case OpKind::apply_mask: return "apply_mask";
    case OpKind::prelu: return "prelu";
    case OpKind::max_pool2d: return "max_pool2d";
    case OpKind::unpool2d: return "unpool2d";
    case OpKind::pick_pooled: return "pick_pooled";
    case OpKind::sample_affine: return "sample_affine";
    case OpKind::sample_affine_gradient: return "sample_affine_gradient";
    case OpKind::softmax: return "softmax";
    case OpKind::log_softmax: return "log_softmax";
    case OpKind::pick: return "pick";
    case OpKind::place: return "place";
  }
  return "unknown";
}

Var Op::again(const std::vector<Var>&) const {
  fail("a rule wants to compute the ", name_of(kind()), " at other inputs, which it cannot do");
}

Node::~Node() {
  // Take over the inputs of every node that only this one keeps alive, so that none of them has
  // anything left to unlink when it goes. Ops and rules may hold their inputs as well.
  std::vector<std::shared_ptr<Node>> doomed = std::move(inputs);
  op.reset();
  kept_inputs.clear();
  while (!doomed.empty()) {
    const std::shared_ptr<Node> node = std::move(doomed.back());
    doomed.pop_back();
    if (node && node.use_count() == 1) {
      std::move(node->inputs.begin(), node->inputs.end(), std::back_inserter(doomed));
      node->inputs.clear();
      node->op.reset();
      node->kept_inputs.clear();
    }
  }
}

Var::Var(Tensor value) : value_(std::move(value)) {
  if (!open_recording || !value_.defined() || open_recording->inputs_.empty()) return;
  const auto found = open_recording->inputs_.find(value_.address());
  if (found != open_recording->inputs_.end() && found->second.shape() == value_.shape())
    node_ = found->second.node();
}

bool VjpContext::wants(std::size_t i) const {
  return i < node->inputs.size() && node->inputs[i] && needed.contains(node->inputs[i].get());
}

const kernels::PositiveMask* VjpContext::mask_of(std::size_t i) const {
  if (!wants(i) || !is_plain(*node->inputs[i])) return nullptr;
  return node->inputs[i]->op->cotangent_mask();
}

Recording::Recording(RecordingOptions options)
    : options_(std::move(options)), outer_(open_recording) {
  open_recording = this;
}

Recording::~Recording() {
  if (open_recording == this) open_recording = outer_;
}

Recording* Recording::current() { return open_recording; }

Var Recording::input(const Tensor& value) {
  require(value.defined(), "an undefined tensor cannot be differentiated with respect to");
  Var var(value, make_node(std::make_unique<InputOp>(), value));
  inputs_[value.address()] = var;
  return var;
}

Var Recording::value(const std::string& name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  const bool asked =
      std::find(options_.names.begin(), options_.names.end(), name) != options_.names.end();
  if (!asked)
    fail("the value '", name, "' was not recorded; open the recording with it among its names");
  fail("nothing named '", name, "' ran while the recording was open");
}

bool Recording::may_fuse(const std::vector<std::string>& names_between,
                         const std::vector<OpKind>& kinds) const {
  if (options_.create_graph) return false;
  for (const std::string& name : names_between)
    if (std::find(options_.names.begin(), options_.names.end(), name) != options_.names.end())
      return false;
  for (const Rule& rule : options_.rules)
    if (std::find(kinds.begin(), kinds.end(), rule.kind) != kinds.end()) return false;
  return true;
}

Unrecorded::Unrecorded() : suspended_(open_recording) { open_recording = nullptr; }
Unrecorded::~Unrecorded() { open_recording = suspended_; }

LayerScope::LayerScope(const std::string& name)
    : outer_length_(enter_layer(name)), profile_(layer_name, kernels::Pass::forward) {}
LayerScope::~LayerScope() { layer_name.resize(outer_length_); }
const std::string& LayerScope::current() { return layer_name; }

Var observe(const Var& value) {
  Recording* const recording = open_recording;
  if (!recording || recording->options_.names.empty()) return value;
  const auto& names = recording->options_.names;
  if (std::find(names.begin(), names.end(), layer_name) == names.end()) return value;
  // A node of its own, so that a gradient with respect to this value is well defined even where
  // the value is a constant or is used again under another name.
  const Tensor dense = value.value().dense();
  auto node = make_node(std::make_unique<NamedOp>(), dense);
  node->inputs = {value.node()};
  return recording->values_[layer_name] = Var(dense, node);
}

Var record(std::unique_ptr<Op> op, const std::vector<Var>& inputs, Tensor output) {
  const bool tracked =
      std::any_of(inputs.begin(), inputs.end(), [](const Var& v) { return v.tracked(); });
  if (!open_recording || !tracked) return Var(std::move(output), nullptr);
  auto node = make_node(std::move(op), output);
  for (const Var& input : inputs) node->inputs.push_back(input.node());
  for (const Rule& rule : open_recording->options().rules) {
    if (!rule.applies_to(node->op->kind(), node->layer)) continue;
    if (rule.needs_inputs) node->kept_inputs = inputs;
    if (rule.needs_output) node->kept_output = output;
  }
  return {std::move(output), node};
}

}  // namespace backlight
