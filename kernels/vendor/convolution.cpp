#include "kernels/vendor/convolution.h"

#include <deque>

namespace backlight::kernels::vendor {
namespace {

constexpr std::int64_t kAlignment = 16;
constexpr std::int64_t kLargestWorkspace = std::int64_t{1} << 30;

// The numbers by which a graph's tensors are told apart.
enum Id : std::int64_t { kX = 1, kWeight, kY, kBias, kSum, kBiased };

// An operation graph and the descriptors it is made of; a deque, since they are referred to.
struct Graph {
  std::deque<Descriptor> parts;
  Descriptor graph{CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR};

  Descriptor& add(cudnnBackendDescriptorType_t type) { return parts.emplace_back(type); }
};

// A tensor of extents [A,H,W,C] (or a filter [O,KH,KW,I]) whose memory is in that order; cuDNN
// counts its axes as A,C,H,W.
const Descriptor& add_tensor(Graph& graph, Id id, const Shape& shape, cudnnDataType_t type,
                             bool is_virtual = false) {
  const std::int64_t h = shape[1], w = shape[2], c = shape[3];
  return graph.add(CUDNN_BACKEND_TENSOR_DESCRIPTOR)
      .set(CUDNN_ATTR_TENSOR_UNIQUE_ID, std::int64_t{id})
      .set(CUDNN_ATTR_TENSOR_DATA_TYPE, type)
      .set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, kAlignment)
      .set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::vector<std::int64_t>{shape[0], c, h, w})
      .set(CUDNN_ATTR_TENSOR_STRIDES, std::vector<std::int64_t>{h * w * c, 1, w * c, c})
      .set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, is_virtual)
      .finalize("a tensor of shape " + shape.to_string());
}

const Descriptor& add_geometry(Graph& graph, Conv2dGeometry at) {
  const std::vector<std::int64_t> padding(2, at.padding), stride(2, at.stride), dilation(2, 1);
  return graph.add(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR)
      .set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT)
      .set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION)
      .set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, std::int64_t{2})
      .set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding)
      .set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding)
      .set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, stride)
      .set(CUDNN_ATTR_CONVOLUTION_DILATIONS, dilation)
      .finalize(str("a convolution of stride ", at.stride, " and padding ", at.padding));
}

// The names of one kind of convolution's attributes.
struct Names {
  cudnnBackendDescriptorType_t operation;
  cudnnBackendAttributeName_t geometry, x, weight, y, alpha, beta;
};

Names names_of(Direction direction) {
  if (direction == Direction::forward)
    return {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
  if (direction == Direction::data_gradient)
    return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
  return {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
}

// The tensors' numbers in the order of ConvolutionOperands.
std::vector<std::int64_t> ids_of(Direction direction) {
  if (direction == Direction::forward) return {kX, kWeight, kY};
  if (direction == Direction::data_gradient) return {kY, kWeight, kX};
  return {kX, kY, kWeight};
}

// y = f(x) or f(x, b), elementwise.
const Descriptor& add_pointwise(Graph& graph, cudnnPointwiseMode_t mode, const Descriptor& x,
                                const Descriptor* b, const Descriptor& y) {
  const Descriptor& function = graph.add(CUDNN_BACKEND_POINTWISE_DESCRIPTOR)
                                   .set(CUDNN_ATTR_POINTWISE_MODE, mode)
                                   .set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT)
                                   .finalize("an elementwise function");
  Descriptor& operation = graph.add(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
                              .set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, function)
                              .set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x)
                              .set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
  if (b) operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, *b);
  return operation.finalize("an elementwise operation");
}

std::shared_ptr<Graph> describe(const ConvolutionProblem& problem) {
  auto made = std::make_shared<Graph>();
  Graph& graph = *made;
  const bool bf16 = problem.precision == Precision::bf16;
  const cudnnDataType_t factor = bf16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
  const cudnnDataType_t result = problem.bf16_result ? factor : CUDNN_DATA_FLOAT;
  const auto type_of = [&](Direction its_gradient) {
    return problem.direction == its_gradient ? result : factor;
  };
  const bool has_tail = problem.bias || problem.relu;
  const Shape y_shape = problem.y();

  const Descriptor& x = add_tensor(graph, kX, problem.x, type_of(Direction::data_gradient));
  const Descriptor& weight =
      add_tensor(graph, kWeight, problem.weight, type_of(Direction::weight_gradient));
  const Descriptor& y = add_tensor(graph, kY, y_shape, type_of(Direction::forward));
  const Descriptor& sum = has_tail ? add_tensor(graph, kSum, y_shape, CUDNN_DATA_FLOAT, true) : y;

  const Names names = names_of(problem.direction);
  std::vector<const Descriptor*> operations{
      &graph.add(names.operation)
           .set(names.geometry, add_geometry(graph, problem.geometry))
           .set(names.x, x)
           .set(names.weight, weight)
           .set(names.y, sum)
           .set(names.alpha, 1.0f)
           .set(names.beta, 0.0f)
           .finalize(problem.name())};
  const Descriptor* tail = &sum;
  if (problem.bias) {
    const Descriptor& bias =
        add_tensor(graph, kBias, {1, 1, 1, problem.weight[0]}, CUDNN_DATA_FLOAT);
    const Descriptor& biased =
        problem.relu ? add_tensor(graph, kBiased, y_shape, CUDNN_DATA_FLOAT, true) : y;
    operations.push_back(&add_pointwise(graph, CUDNN_POINTWISE_ADD, *tail, &bias, biased));
    tail = &biased;
  }
  if (problem.relu)
    operations.push_back(&add_pointwise(graph, CUDNN_POINTWISE_RELU_FWD, *tail, nullptr, y));
  graph.graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations).finalize(problem.name());
  return made;
}

bool is_wanted(const Descriptor& engine, Precision precision) {
  return !engine.has_note(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC) &&
         !engine.has_note(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS) &&
         !engine.has_note(CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION) &&
         !(precision == Precision::fp32 && engine.has_note(CUDNN_NUMERICAL_NOTE_TENSOR_CORE));
}

}  // namespace

Shape ConvolutionProblem::y() const {
  return {x[0], geometry.output_size(x[1], weight[1]), geometry.output_size(x[2], weight[2]),
          weight[0]};
}

std::string ConvolutionProblem::name() const {
  const char* const what[] = {"conv2d", "conv2d_data_gradient", "conv2d_weight_gradient"};
  return str(what[static_cast<int>(direction)], " of ", x, " and ", weight, ", stride ",
             geometry.stride, ", padding ", geometry.padding, bias ? ", bias" : "",
             relu ? ", relu" : "", ", in ", precision_names()[static_cast<std::size_t>(precision)],
             bf16_result ? " throughout" : "");
}

ConvolutionPlan::ConvolutionPlan(Direction direction, std::shared_ptr<const void> graph,
                                 Descriptor plan, std::int64_t engine)
    : direction_(direction),
      graph_(std::move(graph)),
      plan_(std::move(plan)),
      engine_(engine),
      workspace_bytes_(plan_.integer(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE)) {}

void ConvolutionPlan::run(cudnnHandle_t handle, const ConvolutionOperands& operands,
                          void* workspace) const {
  std::vector<std::int64_t> ids = ids_of(direction_);
  std::vector<void*> pointers{const_cast<void*>(operands.first), const_cast<void*>(operands.second),
                              operands.result};
  if (operands.bias) {
    ids.push_back(kBias);
    pointers.push_back(const_cast<void*>(operands.bias));
  }
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids)
      .set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, pointers)
      .set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, workspace)
      .finalize("a convolution's operands");
  check(CUDNN_FUNCTION(cudnnBackendExecute)(handle, plan_.raw(), pack.raw()), "run a convolution");
}

std::vector<ConvolutionPlan> convolution_plans(const ConvolutionProblem& problem,
                                               const Descriptor& gpu, std::size_t limit) {
  const std::shared_ptr<Graph> graph = describe(problem);
  std::vector<ConvolutionPlan> plans;
  for (const auto mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    if (!plans.empty()) break;
    Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
    heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph->graph)
        .set(CUDNN_ATTR_ENGINEHEUR_MODE, mode)
        .set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, gpu);
    if (!heuristics.try_finalize()) continue;
    for (const Descriptor& configuration :
         heuristics.parts(CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR)) {
      if (plans.size() == limit) break;
      const Descriptor engine =
          configuration.part(CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR);
      if (!is_wanted(engine, problem.precision)) continue;
      Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
      plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration)
          .set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, gpu);
      if (!plan.try_finalize()) continue;
      ConvolutionPlan made(problem.direction, graph, std::move(plan),
                           engine.integer(CUDNN_ATTR_ENGINE_GLOBAL_INDEX));
      if (made.workspace_bytes() <= kLargestWorkspace) plans.push_back(std::move(made));
    }
  }
  return plans;
}

}  // namespace backlight::kernels::vendor
