// SPDX-License-Identifier: Apache-2.0

// keys BITS: look at RSA keys as another library does; standard input has the
// names of their files, a line each. Each is valid; no two share a prime; and
// the primes are spread as they should be: see spread.go.
package main

import (
	"bufio"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"runtime"
	"strconv"
)

func check(good bool, format string, args ...interface{}) {
	if !good {
		fmt.Printf(format+"\n", args...)
		os.Exit(1)
	}
}

func read(path string, bits int) *rsa.PrivateKey {
	data, err := os.ReadFile(path)
	check(err == nil, "%v", err)
	block, _ := pem.Decode(data)
	check(block != nil, "%s: no PEM", path)
	any, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	check(err == nil, "%s: %v", path, err)
	key, ok := any.(*rsa.PrivateKey)
	check(ok, "%s: no RSA key", path)
	check(key.Validate() == nil, "%s: %v", path, key.Validate())
	check(key.N.BitLen() == bits, "%s: %d bits", path, key.N.BitLen())
	check(key.E == 65537, "%s: exponent %d", path, key.E)
	check(len(key.Primes) == 2, "%s: %d primes", path, len(key.Primes))
	for _, prime := range key.Primes {
		check(prime.ProbablyPrime(20), "%s: a prime is none", path)
	}
	p, q := key.Primes[0], key.Primes[1]
	distance := new(big.Int).Sub(p, q)
	check(distance.CmpAbs(power(bits/2-100)) > 0, "%s: primes are near", path)
	check(key.D.Cmp(power(bits/2)) > 0, "%s: a small exponent", path)
	one := big.NewInt(1)
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	multiple := new(big.Int).Mul(p1, q1)
	multiple.Div(multiple, new(big.Int).GCD(nil, nil, p1, q1))
	inverse := new(big.Int).ModInverse(big.NewInt(65537), multiple)
	check(key.D.Cmp(inverse) == 0, "%s: another exponent", path)
	return key
}

func power(n int) *big.Int {
	return new(big.Int).Lsh(big.NewInt(1), uint(n))
}

// shared: the place of a number that has a factor in common with another one;
// by a tree of products and remainders modulo squares. -1: none has.
func shared(numbers []*big.Int) int {
	levels := [][]*big.Int{numbers}
	for last := numbers; len(last) > 1; last = levels[len(levels)-1] {
		var next []*big.Int
		for i := 0; i < len(last); i += 2 {
			if i+1 < len(last) {
				next = append(next, new(big.Int).Mul(last[i], last[i+1]))
			} else {
				next = append(next, last[i])
			}
		}
		levels = append(levels, next)
	}
	rest := levels[len(levels)-1]
	for i := len(levels) - 2; i >= 0; i-- {
		var next []*big.Int
		for k, number := range levels[i] {
			square := new(big.Int).Mul(number, number)
			next = append(next, new(big.Int).Mod(rest[k/2], square))
		}
		rest = next
	}
	for i, number := range numbers {
		quotient := new(big.Int).Div(rest[i], number)
		if new(big.Int).GCD(nil, nil, quotient, number).Cmp(big.NewInt(1)) != 0 {
			return i
		}
	}
	return -1
}

// readAll: the keys in these files, several at a time.
func readAll(paths []string, bits int) []*rsa.PrivateKey {
	keys := make([]*rsa.PrivateKey, len(paths))
	turns := make(chan bool, runtime.NumCPU())
	for i := range paths {
		turns <- true
		go func(i int) {
			keys[i] = read(paths[i], bits)
			<-turns
		}(i)
	}
	for i := 0; i < cap(turns); i++ {
		turns <- true
	}
	return keys
}

func main() {
	var moduli, primes []*big.Int
	var paths []string
	bits, err := strconv.Atoi(os.Args[1])
	check(err == nil, "%v", err)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		paths = append(paths, lines.Text())
	}
	check(len(paths) > 0, "no keys")
	for _, key := range readAll(paths, bits) {
		moduli = append(moduli, key.N)
		primes = append(primes, key.Primes...)
	}
	if at := shared(moduli); at >= 0 {
		check(false, "%s: shares a prime", paths[at])
	}
	spread(primes, bits)
	fmt.Printf("%d keys\n", len(moduli))
}
