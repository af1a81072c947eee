// Three training steps against PyTorch's.
#include "models/training.h"

#include <cmath>

#include "tests/models/fixtures.h"
#include "tests/testing.h"

namespace backlight::testing {
namespace {

// What the fixtures were trained with: no dropout.
FoodCnn load_for_training(DType dtype) {
  const StateDict weights = fixture_weights("food_cnn/training/weights.pth");
  FoodCnnConfig config = FoodCnnConfig::detect(weights);
  config.dropout = 0;
  FoodCnn model(config);
  model.load_state_dict(weights);
  model.to(dtype);
  return model;
}

std::vector<double> train(FoodCnn& model, DType dtype) {
  Trainer trainer(model, {.learning_rate = 1e-3});
  const Tensor pictures = fixture_pictures(4).to(dtype);
  const Tensor labels = fixture_npy("food_cnn/training/labels.npy");
  std::vector<double> losses;
  for (int step = 0; step < 3; ++step) losses.push_back(trainer.step(pictures, labels));
  return losses;
}

// Biases before a batch normalisation have a zero gradient but for rounding; see the fixtures'
// README for what that means to Adam.
double tolerance_of(const std::string& name) {
  const bool norm = name.ends_with(".running_mean");
  const std::string number = name.substr(4, name.find('.', 4) - 4);
  const bool conv_bias = name.starts_with("cnn.") && name.ends_with(".bias");
  if (norm) return 1e-7;
  // Convolutions stand at 0, 3, 6, 10, 13, 16, 20, 23, 26, 30 and 34.
  for (const char* conv : {"0", "3", "6", "10", "13", "16", "20", "23", "26", "30", "34"})
    if (conv_bias && number == conv) return 1e-6;
  return 1e-9;
}

TEST(Training, ThreeStepsInFloat64AreThoseOfPyTorch) {
  FoodCnn model = load_for_training(DType::f64);
  const std::vector<double> losses = train(model, DType::f64);
  const Tensor expected = fixture_npy("food_cnn/training/losses.npy");
  for (std::int64_t i = 0; i < 3; ++i)
    EXPECT_NEAR(losses[static_cast<std::size_t>(i)], expected.at(i), 1e-9 * expected.at(i));

  const StateDict after = model.state_dict();
  const StateDict wanted = fixture_weights("food_cnn/training/state_after.safetensors");
  ASSERT_EQ(after.size(), wanted.size());
  for (const auto& [name, tensor] : wanted) {
    ASSERT_EQ(after.at(name).shape(), tensor.shape()) << name;
    for (std::int64_t i = 0; i < tensor.numel(); ++i)
      ASSERT_NEAR(after.at(name).at(i), tensor.at(i),
                  tolerance_of(name) * std::max(1.0, std::abs(tensor.at(i))))
          << name << " element " << i;
  }

  model.set_training(false);
  const Tensor logits = model(fixture_pictures(4).to(DType::f64)).value();
  const Tensor logits_after = fixture_npy("food_cnn/training/logits_after.npy");
  for (std::int64_t i = 0; i < logits.numel(); ++i)
    EXPECT_NEAR(logits.at(i), logits_after.at(i), 1e-4);
}

TEST(Training, LossesInFloat32FollowPyTorch) {
  FoodCnn model = load_for_training(DType::f32);
  const std::vector<double> losses = train(model, DType::f32);
  const Tensor expected = fixture_npy("food_cnn/training/losses_f32.npy");
  EXPECT_NEAR(losses[0], expected.at(0), 1e-5 * expected.at(0));
  for (std::int64_t i = 1; i < 3; ++i)
    EXPECT_NEAR(losses[static_cast<std::size_t>(i)], expected.at(i), 0.02 * expected.at(i));
  EXPECT_EQ(model.state_dict().at("cnn.1.num_batches_tracked").item(), 3);
}

// A network this small learns four pictures by heart, dropout and all.
TEST(Training, LearnsItsBatchByHeart) {
  FoodCnnConfig config = FoodCnnConfig::course(16);
  FoodCnn model(config);
  model.initialise(1);
  const Tensor pictures = fixture_pictures(4);
  const Tensor labels = fixture_npy("food_cnn/training/labels.npy");
  Trainer trainer(model, {.learning_rate = 3e-3});
  const double first = trainer.step(pictures, labels);
  double last = first;
  for (int step = 0; step < 11; ++step) last = trainer.step(pictures, labels);
  EXPECT_FALSE(!(last < 0.5 * first)) << first << " became " << last;
}

TEST(Training, IsTheSameForTheSameSeed) {
  const auto weights_after = [] {
    FoodCnn model(FoodCnnConfig::course(32));
    model.initialise(1);
    Trainer trainer(model, {});
    trainer.step(fixture_pictures(2), Tensor::from<std::int64_t>({2, 9}, {2}));
    return model.state_dict();
  };
  const StateDict once = weights_after(), twice = weights_after();
  for (const auto& [name, tensor] : once) EXPECT_TRUE(has_same_bytes(twice.at(name), tensor));
}

TEST(Training, AccuracyCountsLargestLogits) {
  FoodCnn model(FoodCnnConfig::course(32));
  model.initialise(3);
  const Tensor pictures = fixture_pictures(4);
  const Tensor logits = model(pictures).value();
  std::vector<std::int64_t> best;
  for (std::int64_t n = 0; n < 4; ++n) {
    std::int64_t top = 0;
    for (std::int64_t k = 1; k < 11; ++k)
      if (logits.at(n * 11 + k) > logits.at(n * 11 + top)) top = k;
    best.push_back(top);
  }
  EXPECT_EQ(accuracy(model, pictures, Tensor::from(best, {4}), 3), 1.0);
  best[1] = (best[1] + 1) % 11;
  EXPECT_EQ(accuracy(model, pictures, Tensor::from(best, {4}), 3), 0.75);
}

TEST(Training, RefusesALossThatIsNoNumber) {
  FoodCnn model(FoodCnnConfig::course(32));
  model.initialise(3);
  Trainer trainer(model, {});
  const Tensor white = Tensor::full({2, 128, 128, 3}, std::nan(""));
  const std::string message = message_of([&] {
    trainer.step(white, Tensor::from<std::int64_t>({2, 9}, {2}));
  });
  EXPECT_NE(message.find("--learning-rate"), std::string::npos) << message;
}

}  // namespace
}  // namespace backlight::testing
