#include "tensor/tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>

#include "tensor/random.h"
#include "tests/testing.h"

namespace backlight {
namespace {

using namespace backlight::testing;

Tensor counting(const Shape& shape) {
  Tensor out(shape);
  for (std::int64_t i = 0; i < out.numel(); ++i)
    out.mutable_data<float>()[i] = static_cast<float>(i);
  return out;
}

TEST(Shape, CountsElementsAndReadsAxesFromBothEnds) {
  const Shape shape{2, 3, 5};
  EXPECT_EQ(shape.numel(), 30);
  EXPECT_EQ(shape[0], 2);
  EXPECT_EQ(shape[-1], 5);
  EXPECT_EQ(shape.with(-1, 7), (Shape{2, 3, 7}));
  EXPECT_EQ(shape.to_string(), "[2, 3, 5]");
  EXPECT_EQ(Shape{}.numel(), 1);
  EXPECT_EQ((Shape{4, 0, 9}).numel(), 0);
}

TEST(Shape, RefusesWhatCannotBe) {
  const std::int64_t huge = std::int64_t{1} << 62;
  EXPECT_THROW((Shape{2, -1}), Error);
  EXPECT_THROW((Shape{huge, 2}), Error);
  EXPECT_NO_THROW((Shape{huge, 0, huge}));
  const Shape shape{2};
  EXPECT_THROW(shape[1], Error);
  EXPECT_THROW(shape[-2], Error);
  EXPECT_THROW(shape.with(1, 3), Error);
}

TEST(Tensor, HoldsWhatItIsMadeFrom) {
  const Tensor tensor = Tensor::from<float>({1, 2, 3, 4, 5, 6}, {2, 3});
  EXPECT_EQ(tensor.dtype(), DType::f32);
  EXPECT_EQ(tensor.rank(), 2);
  EXPECT_EQ(tensor.dim(1), 3);
  EXPECT_EQ(tensor.nbytes(), 24u);
  EXPECT_EQ(tensor.data<float>()[4], 5);
  EXPECT_EQ(tensor.at(5), 6);
  EXPECT_EQ(Tensor::scalar(2.5, DType::f64).item(), 2.5);
  EXPECT_EQ(Tensor::zeros({2, 2}, DType::i64).at(3), 0);
  EXPECT_EQ(Tensor::full({3}, -7, DType::i32).at(2), -7);
  EXPECT_FALSE(Tensor().defined());
  EXPECT_TRUE(Tensor(Shape{0, 4}).defined());
}

TEST(Tensor, RefusesMisuse) {
  const Tensor tensor = counting({2, 3});
  EXPECT_THROW(Tensor::from<float>({1, 2}, {3}), Error);
  EXPECT_THROW(tensor.data<double>(), Error);
  EXPECT_THROW(Tensor().data<float>(), Error);
  EXPECT_THROW(tensor.at(6), Error);
  EXPECT_THROW(tensor.at(-1), Error);
  EXPECT_THROW(tensor.item(), Error);
  EXPECT_THROW(tensor.reshape({7}), Error);
  EXPECT_THROW(tensor.rows(1, 2), Error);
  EXPECT_THROW(tensor.rows(-1, 1), Error);
  EXPECT_THROW(Tensor(Shape{std::int64_t{1} << 50}), Error);
}

TEST(Tensor, CopiesAndViewsShareClonesDoNot) {
  Tensor tensor = counting({4, 2});
  const Tensor copy = tensor;
  const Tensor row = tensor.rows(1, 2);
  const Tensor flat = tensor.reshape({8});
  const Tensor clone = tensor.clone();
  tensor.mutable_data<float>()[2] = 100;
  EXPECT_EQ(copy.at(2), 100);
  EXPECT_EQ(row.at(0), 100);
  EXPECT_EQ(flat.at(2), 100);
  EXPECT_EQ(clone.at(2), 2);
  EXPECT_EQ(row.shape(), (Shape{2, 2}));
  EXPECT_EQ(row.rows(1, 1).at(1), 5);
  EXPECT_EQ(row.clone().at(3), 5);
}

TEST(Tensor, ConvertsBetweenDtypes) {
  const Tensor tensor = Tensor::from<double>({-1.75, 0, 2.5}, {3});
  EXPECT_EQ(tensor.to(DType::f32).at(0), -1.75);
  EXPECT_EQ(tensor.to(DType::i64).at(2), 2);
  EXPECT_EQ(tensor.to(DType::i32).dtype(), DType::i32);
  EXPECT_EQ(tensor.to(DType::f64).data<double>(), tensor.data<double>());
}

TEST(Tensor, TheBlockedLayoutHoldsTheSameElements) {
  const Tensor tensor = counting({2, 3, 5, 32});
  const Tensor blocked = tensor.in_layout(Layout::channels_in_16s);
  // Element (n, y, x, c) lies in block c / 16: n, block, y, x, c % 16.
  for (std::int64_t n = 0; n < 2; ++n)
    for (std::int64_t pixel = 0; pixel < 15; ++pixel)
      for (std::int64_t c = 0; c < 32; ++c)
        ASSERT_EQ(blocked.data<float>()[((n * 2 + c / 16) * 15 + pixel) * 16 + c % 16],
                  tensor.at((n * 15 + pixel) * 32 + c));
  EXPECT_EQ(blocked.at(77), 77);
  EXPECT_EQ(blocked.reshape({2, 480}).layout(), Layout::row_major);
  const Tensor back = blocked.dense();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) ASSERT_EQ(back.at(i), tensor.at(i));
  EXPECT_EQ(blocked.rows(1, 1).at(0), 480);
  EXPECT_THROW(counting({1, 2, 2, 8}).in_layout(Layout::channels_in_16s), Error);
}

TEST(Tensor, Concatenates) {
  const Tensor joined = concatenate({counting({1, 2}), counting({0, 2}), counting({2, 2})});
  EXPECT_EQ(joined.shape(), (Shape{3, 2}));
  EXPECT_EQ(joined.at(1), 1);
  EXPECT_EQ(joined.at(2), 0);
  EXPECT_EQ(joined.at(5), 3);
  EXPECT_THROW(concatenate({}), Error);
  EXPECT_THROW(concatenate({counting({1, 2}), counting({1, 3})}), Error);
  EXPECT_THROW(concatenate({counting({1, 2}), Tensor::zeros({1, 2}, DType::f64)}), Error);
}

TEST(Tensor, FindsNumbersThatAreNotFinite) {
  EXPECT_TRUE(all_finite(counting({5})));
  EXPECT_TRUE(all_finite(Tensor::full({2}, 3, DType::i64)));
  EXPECT_FALSE(all_finite(Tensor::from<float>({0, NAN}, {2})));
  EXPECT_FALSE(all_finite(Tensor::from<double>({-INFINITY, 1}, {2})));
}

TEST(Storage, AttachmentsLiveAsLongAsTheContents) {
  Storage storage(64);
  int made = 0;
  const auto make = [&] { return std::make_shared<const int>(++made); };
  EXPECT_EQ(*storage.attachment<int>("packed", make), 1);
  EXPECT_EQ(*storage.attachment<int>("packed", make), 1);
  EXPECT_EQ(*storage.attachment<int>("other", make), 2);
  const std::uint64_t version = storage.version();
  storage.mutable_data();
  EXPECT_GT(storage.version(), version);
  EXPECT_EQ(*storage.attachment<int>("packed", make), 3);
}

TEST(Storage, FreedBlocksAreReused) {
  release_cached_memory();
  const std::size_t live = memory_use().live;
  const std::byte* first = nullptr;
  {
    const Storage storage(100'000);
    first = storage.data();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(first) % 64, 0u);
    EXPECT_GE(memory_use().live, live + 100'000);
    EXPECT_GE(memory_use().peak, memory_use().live);
  }
  EXPECT_EQ(memory_use().live, live);
  EXPECT_GE(memory_use().cached, 100'000u);
  {
    const Storage half(60'000), less(40'000);
    EXPECT_EQ(half.data(), first);
    EXPECT_NE(less.data(), first);
    EXPECT_GE(memory_use().live, live + 140'000);  // the whole block counts
  }
  EXPECT_EQ(memory_use().live, live);
  EXPECT_NE(Storage(40'000).data(), first);  // too small for it, though it is free
  const Storage again(99'990);
  EXPECT_EQ(again.data(), first);
  release_cached_memory();
  EXPECT_EQ(memory_use().cached, 0u);
}

TEST(Storage, RemarksAreForgottenWithTheContents) {
  Storage storage(64);
  EXPECT_FALSE(storage.is_marked("masked"));
  storage.mark("masked");
  EXPECT_TRUE(storage.is_marked("masked"));
  EXPECT_FALSE(storage.is_marked("other"));
  storage.mutable_data();
  EXPECT_FALSE(storage.is_marked("masked"));
}

TEST(Storage, TheLongestUnusedBlocksAreGivenBackFirst) {
  release_cached_memory();
  const std::size_t most = std::max<std::size_t>(memory_use().peak, 1 << 20);
  { const Storage first(most / 2); }
  EXPECT_GE(memory_use().cached, most / 2);
  { const Storage second(most); }
  EXPECT_EQ(memory_use().cached, memory_use().peak);  // no room for the first beside it
  release_cached_memory();
}

TEST(MemoryPool, KeepsWhatWasFreedInIt) {
  release_cached_memory();
  const std::byte* inside = nullptr;
  {
    MemoryPool pool(Device::cpu);
    {
      const MemoryPool::Scope scope(pool);
      inside = Storage(50'000).data();
      EXPECT_EQ(Storage(50'000).data(), inside);  // reused within
      EXPECT_NE(message_of([&] { MemoryPool::Scope nested(pool); }), "");
    }
    const Storage outside(50'000);
    EXPECT_NE(outside.data(), inside);
    release_cached_memory();
    const MemoryPool::Scope scope(pool);
    EXPECT_EQ(Storage(50'000).data(), inside);
  }
  {
    const Storage one(50'000), other(50'000);  // everybody's once the pool is gone
    EXPECT_TRUE(one.data() == inside || other.data() == inside);
  }
  release_cached_memory();
}

TEST(Tensor, LivesOnADeviceThatWasOpened) {
  const Tensor x = uniform({2, 3}, DType::f32, 1);
  EXPECT_EQ(x.to(Device::cpu).address(), x.address());
  if (!is_registered(Device::cuda)) {
    EXPECT_EQ(message_of([&] { (void)x.to(Device::cuda); }), "the device cuda was not opened");
  }
}

// The known answers published with the algorithm (Random123's kat_vectors).
TEST(Philox, GivesTheKnownAnswers) {
  using Block = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
            (Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, NormalsAndUniformsHaveTheirMoments) {
  constexpr int kCount = 100'000;
  const Philox random(7, 3);
  double uniform = 0, normal = 0, square = 0, neighbours = 0;
  for (int i = 0; i < kCount; ++i) {
    const float u = random.uniform(i), n = random.normal(i);
    EXPECT_TRUE(u >= 0 && u < 1);
    uniform += u;
    normal += n;
    square += n * n;
    neighbours += n * random.normal(i + 1);
  }
  // Five standard errors each.
  EXPECT_NEAR(uniform / kCount, 0.5, 5 * std::sqrt(1.0 / 12 / kCount));
  EXPECT_NEAR(normal / kCount, 0, 5 / std::sqrt(double{kCount}));
  EXPECT_NEAR(square / kCount, 1, 5 * std::sqrt(2.0 / kCount));
  EXPECT_NEAR(neighbours / kCount, 0, 5 / std::sqrt(double{kCount}));
}

TEST(Philox, DependsOnSeedStreamAndIndexOnly) {
  EXPECT_EQ(Philox(1, 2).normal(9), Philox(1, 2).normal(9));
  EXPECT_NE(Philox(1, 2).normal(9), Philox(1, 3).normal(9));
  EXPECT_NE(Philox(1, 2).normal(9), Philox(2, 2).normal(9));
  EXPECT_NE(Philox(1, 2).normal(9), Philox(1, 2).normal(8));
}

TEST(Random, DrawsWholeNumbersInRange) {
  Random random(5);
  std::array<int, 6> seen{};
  for (int i = 0; i < 6000; ++i) {
    const int drawn = random.below(6);
    ASSERT_TRUE(drawn >= 0 && drawn < 6);
    ++seen[static_cast<std::size_t>(drawn)];
  }
  for (const int count : seen) EXPECT_NEAR(count, 1000, 150);
}

}  // namespace
}  // namespace backlight
