// A recording: the stretch of a computation that can be differentiated, opened knowing what for.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "autograd/var.h"
#include "kernels/profile_scope.h"

namespace backlight {

// Replaces the vjp of one kind of op for a call of grad: guided backpropagation is a rule for
// OpKind::relu, LRP a rule for every kind.
struct Rule {
  OpKind kind;
  std::string layer = {};     // only in this layer ("cnn.15"); "" for all
  bool needs_inputs = false;  // keep the values of the op's inputs for the rule
  bool needs_output = false;  // and of its output
  // The cotangents to pass to the node's inputs, given the one of its output.
  std::function<std::vector<Var>(const Node& node, const Var& cotangent)> vjp = {};

  bool applies_to(OpKind op, const std::string& in_layer) const {
    return op == kind && (layer.empty() || layer == in_layer);
  }
};

// What a recording is for. It keeps only what this needs: for the gradient with respect to the
// input of a CNN one bit per ReLU and an index per pooled element.
struct RecordingOptions {
  std::vector<std::string> names = {};  // values to look at, and to differentiate with respect to
  std::vector<Rule> rules = {};         // rules that calls of grad will use
  bool create_graph = false;            // whether gradients will themselves be differentiated
};

// While it lives, ops of this thread whose result depends on an input() are recorded. Recordings
// nest; the innermost is the one that records.
class Recording {
 public:
  explicit Recording(RecordingOptions options = {});
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  // Marks a tensor as something to differentiate with respect to. Wherever the tensor is used
  // from now on (a model's weight, say), it is this Var.
  Var input(const Tensor& value);

  // The value a layer made under this name. Errors: the name was not in the options, or nothing
  // of that name ran.
  Var value(const std::string& name) const;

  const RecordingOptions& options() const { return options_; }
  // Whether all ops from name `first` on may run as one: nobody asked for a value between, no
  // rule wants to see one of the kinds, and no gradient of a gradient will be taken.
  bool may_fuse(const std::vector<std::string>& names_between,
                const std::vector<OpKind>& kinds) const;

  // The open recording of this thread, or null.
  static Recording* current();

 private:
  friend class Var;
  friend class Unrecorded;
  friend Var observe(const Var& value);

  RecordingOptions options_;
  std::map<std::string, Var> values_;
  std::unordered_map<const std::byte*, Var> inputs_;
  Recording* outer_;
};

// While it lives, nothing is recorded on this thread.
class Unrecorded {
 public:
  Unrecorded();
  ~Unrecorded();
  Unrecorded(const Unrecorded&) = delete;
  Unrecorded& operator=(const Unrecorded&) = delete;

 private:
  Recording* suspended_;
};

// While it lives, ops and values belong to the layer `name` inside the layers already entered:
// Layer("cnn"), then Layer("15"), make "cnn.15". An open profile counts launches as its forward
// pass.
class LayerScope {
 public:
  explicit LayerScope(const std::string& name);
  ~LayerScope();
  LayerScope(const LayerScope&) = delete;
  LayerScope& operator=(const LayerScope&) = delete;

  // The full name of the innermost layer of this thread.
  static const std::string& current();

 private:
  std::size_t outer_length_;
  kernels::ProfileScope profile_;
};

// Called by each layer with its output: returns it, remembered under the current layer's name if
// the recording asked for that.
Var observe(const Var& value);

// Called by each op with its inputs and output: adds a node if any input is tracked.
Var record(std::unique_ptr<Op> op, const std::vector<Var>& inputs, Tensor output);

}  // namespace backlight
