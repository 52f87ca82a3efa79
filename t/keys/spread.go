// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math"
	"math/big"
	"sort"
)

// Each test below fails for one sample in a million, at most, of primes that
// are spread as FIPS 186-5, A.1.3, has them: evenly over
// [sqrt(2) * 2^(BITS/2-1), 2^(BITS/2)).
const alpha = 1e-6

// spread: all tests. PRIMES are p and q of one key after the other.
func spread(primes []*big.Int, bits int) {
	testPlaces(primes, bits)
	testBits("in p and q", primes, bits)
	testBits("in p xor q", differences(primes), bits)
	for _, modulus := range []int64{8, 3, 5, 7, 11, 13} {
		testResidues(primes, modulus)
	}
}

// testPlaces: the distance of Kolmogorov and Smirnov between the primes and an
// even spread, and how much is left free at both ends.
func testPlaces(primes []*big.Int, bits int) {
	var places []float64
	low := math.Sqrt2 / 2
	for _, prime := range primes {
		top := new(big.Int).Rsh(prime, uint(bits/2-53)).Int64()
		places = append(places, (float64(top)/(1<<53)-low)/(1-low))
	}
	sort.Float64s(places)
	worst, n := 0.0, float64(len(places))
	for i, place := range places {
		worst = math.Max(worst, math.Max(place-float64(i)/n, float64(i+1)/n-place))
	}
	check(places[0] >= 0, "a prime is below sqrt(2) * 2^%d", bits/2-1)
	limit := math.Sqrt(math.Log(2/alpha) / 2 / n)
	check(worst < limit, "primes are not spread evenly: %.4f, limit %.4f", worst, limit)
	gap := math.Max(places[0], 1-places[len(places)-1])
	most := 1 - math.Pow(alpha/2, 1/n)
	check(gap < most, "no primes at one end: %.4f, limit %.4f", gap, most)
	fmt.Printf("spread %.4f of %.4f, ends %.4f of %.4f\n", worst, limit, gap, most)
}

// differences: p xor q of each key; alike primes have bits in common.
func differences(primes []*big.Int) []*big.Int {
	var numbers []*big.Int
	for i := 0; i < len(primes); i += 2 {
		numbers = append(numbers, new(big.Int).Xor(primes[i], primes[i+1]))
	}
	return numbers
}

// testBits: each bit is set in half of the numbers, but the lowest one, and the
// upper 32, which the range and the order of p and q have a part in. Limit by
// Hoeffding, for all bits.
func testBits(where string, numbers []*big.Int, bits int) {
	n, last := float64(len(numbers)), bits/2-32
	limit := math.Sqrt(math.Log(2*float64(last-1)/alpha) / 2 / n)
	worst := 0.0
	for at := 1; at < last; at++ {
		set := 0.0
		for _, number := range numbers {
			set += float64(number.Bit(at))
		}
		off := math.Abs(set/n - 0.5)
		check(off < limit, "bit %d %s: %.4f from half, limit %.4f", at, where, off, limit)
		worst = math.Max(worst, off)
	}
	fmt.Printf("bits %s %.4f of %.4f\n", where, worst, limit)
}

// testResidues: chi square of the classes modulo MODULUS that have primes; its
// limit by Wilson and Hilferty. Not for less than five primes a class.
func testResidues(primes []*big.Int, modulus int64) {
	counts := map[int64]float64{}
	classes := 0.0
	for class := int64(1); class < modulus; class++ {
		if new(big.Int).GCD(nil, nil, big.NewInt(class), big.NewInt(modulus)).Int64() == 1 {
			classes++
			counts[class] = 0
		}
	}
	expected := float64(len(primes)) / classes
	if expected < 5 {
		return
	}
	for _, prime := range primes {
		counts[new(big.Int).Mod(prime, big.NewInt(modulus)).Int64()]++
	}
	sum := 0.0
	for _, count := range counts {
		sum += (count - expected) * (count - expected) / expected
	}
	free := 2 / 9.0 / (classes - 1)
	normal := math.Sqrt2 * math.Erfinv(1-2*alpha)
	limit := (classes - 1) * math.Pow(1-free+normal*math.Sqrt(free), 3)
	check(sum < limit, "primes modulo %d: %.1f, limit %.1f", modulus, sum, limit)
	fmt.Printf("modulo %d %.1f of %.1f\n", modulus, sum, limit)
}
