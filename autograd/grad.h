// Reverse-mode differentiation.
#pragma once

#include <vector>

#include "autograd/recording.h"

namespace backlight {

struct GradOptions {
  // What the outputs' gradients are weighted with; ones if empty.
  std::vector<Var> cotangents = {};
  // Rules that replace vjps in this call, the first that applies to a node. Each must have been
  // given to the open recording as well: otherwise layers may have run as one and hidden its ops.
  std::vector<Rule> rules = {};
  // Record the gradients, so that they can be differentiated too. The recording must have been
  // opened with create_graph.
  bool create_graph = false;
};

// For each input, sum over the outputs of (d output / d input)^T cotangent, zeros where an output
// does not depend on it. Walks only the part of the graph between the inputs and the outputs, and
// frees each cotangent once it has been passed on; the graph stays, for further calls.
// Errors: an input that no recording knows; a rule that the recording was not opened with, or that
// passes cotangents of other shapes than the op's inputs have.
std::vector<Var> grad(const std::vector<Var>& outputs, const std::vector<Var>& inputs,
                      const GradOptions& options = {});

// The gradient of one output with respect to one input.
Tensor grad(const Var& output, const Var& input, const GradOptions& options = {});

// What the node's op itself passes to its inputs, without any rule: what a rule calls that changes
// only part of it. Constant inputs get undefined cotangents.
std::vector<Var> own_vjp(const Node& node, const Var& cotangent);

}  // namespace backlight
