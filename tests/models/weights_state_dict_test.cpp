#include "models/weights/state_dict.h"

#include "tests/models/weights_testing.h"

namespace backlight {
namespace {

using testing::error_of;

TEST(StateDict, KeepsOrderAndFindsByName) {
  StateDict state;
  state.add("b", Tensor::scalar(1));
  state.add("a", Tensor::scalar(2));
  EXPECT_EQ(state.begin()->first, "b");
  EXPECT_EQ(state.at("a").item(), 2);
  EXPECT_EQ(state.find("c"), nullptr);
  EXPECT_EQ(error_of([&] { state.at("c"); }), "there is no weight named c");
  EXPECT_EQ(error_of([&] { state.add("a", Tensor::scalar(3)); }), "there are two weights named a");
  EXPECT_EQ(state.size(), 2u);
}

TEST(CheckStateDict, AcceptsTheExpectedEntriesInAnyOrder) {
  StateDict state;
  state.add("b", Tensor(Shape{3}));
  state.add("a", Tensor(Shape{2, 1}));
  EXPECT_EQ(error_of([&] { check_state_dict({{"a", {2, 1}}, {"b", {3}}}, state, "Net"); }), "");
}

TEST(CheckStateDict, ListsWhatDiffersAsPyTorchDoes) {
  StateDict state;
  state.add("fc.weight", Tensor(Shape{11, 1024}));
  state.add("head.weight", Tensor(Shape{1}));
  state.add("head.bias", Tensor(Shape{1}));
  const std::string message = error_of([&] {
    check_state_dict({{"cnn.0.weight", {2}}, {"fc.weight", {10, 1024}}, {"fc.bias", {10}}}, state,
                     "Classifier");
  });
  EXPECT_EQ(message,
            "Error(s) in loading state_dict for Classifier:\n"
            "\tMissing key(s) in state_dict: \"cnn.0.weight\", \"fc.bias\". \n"
            "\tUnexpected key(s) in state_dict: \"head.weight\", \"head.bias\". \n"
            "\tsize mismatch for fc.weight: copying a param with shape torch.Size([11, 1024]) from "
            "checkpoint, the shape in current model is torch.Size([10, 1024]).");
}

}  // namespace
}  // namespace backlight
