// Var: a value and, while a recording is open, the node of the graph that made it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "autograd/op_kind.h"
#include "kernels/activation.h"
#include "kernels/pooling.h"
#include "tensor/tensor.h"

namespace backlight {

struct Node;
struct Rule;

// A value in a computation. Made from a tensor it is a constant, or, if the open recording was
// told to differentiate with respect to that very tensor, the input of the graph.
class Var {
 public:
  Var() = default;
  Var(Tensor value);  // NOLINT(google-explicit-constructor): tensors are constants
  Var(Tensor value, std::shared_ptr<Node> node)
      : value_(std::move(value)), node_(std::move(node)) {}

  const Tensor& value() const { return value_; }
  const Shape& shape() const { return value_.shape(); }
  std::int64_t dim(std::int64_t axis) const { return value_.dim(axis); }
  DType dtype() const { return value_.dtype(); }
  bool defined() const { return value_.defined(); }

  // Null for a constant: nothing that is differentiated with respect to lies beneath it.
  const std::shared_ptr<Node>& node() const { return node_; }
  bool tracked() const { return node_ != nullptr; }

 private:
  Tensor value_;
  std::shared_ptr<Node> node_;
};

// What an op's vjp is told besides the cotangent.
struct VjpContext {
  const std::shared_ptr<Node>& node;
  const std::unordered_set<const Node*>& needed;  // the nodes that lead to an input of grad
  // The nodes whose vjp in this call is their op's own and whose cotangent nobody asked for.
  const std::function<bool(const Node&)>& is_plain;
  // Whether the cotangent of input i is needed.
  bool wants(std::size_t i) const;
  // The op's output again, as a Var of the graph, from the tensor the op has kept.
  Var output(const Tensor& kept) const { return {kept, node}; }
  // The mask that the op which made input i will put on the cotangent passed to it, if there is one
  // and it may be put on already: a kernel can do that as it writes. Masking twice is masking once.
  const kernels::PositiveMask* mask_of(std::size_t i) const;
};

// One operation of the graph: a struct per kind that holds the attributes and whatever of the
// forward pass its gradient needs.
struct Op {
  virtual ~Op() = default;
  virtual OpKind kind() const = 0;
  // The cotangents of the inputs, given that of the output: (d output / d input)^T cotangent.
  // Written with public ops, so that it can itself be recorded. Inputs that are not wanted may be
  // left undefined.
  virtual std::vector<Var> vjp(const VjpContext& context, const Var& cotangent) const = 0;
  // The op at other inputs, for rules that want its value or its gradient there. Errors: a kind of
  // op that no rule needs this of.
  virtual Var again(const std::vector<Var>& inputs) const;
  // The mask that vjp puts on the cotangent before anything else, if it does.
  virtual const kernels::PositiveMask* cotangent_mask() const { return nullptr; }
  // Where each element of a max pooling came from, for rules; null for every other op.
  virtual const kernels::PoolIndex* pool_index() const { return nullptr; }
};

// A recorded operation. Nodes hold no values: only what the op, or a rule, asked to keep.
struct Node : std::enable_shared_from_this<Node> {
  std::unique_ptr<Op> op;
  std::vector<std::shared_ptr<Node>> inputs;  // null for constants
  Shape shape;                                // of the output
  DType dtype = DType::f32;
  std::uint64_t order = 0;       // larger than that of every input
  std::string layer;             // the PyTorch name of the layer that made it, or ""
  std::vector<Var> kept_inputs;  // for the rules of the recording that need them
  Tensor kept_output;

  // Nodes chain to the beginning of a network: unlink them one by one, not by recursion.
  ~Node();
};

}  // namespace backlight
