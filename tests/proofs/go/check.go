// Asks Go's own implementation of notes and logs what it says about ours: cases on stdin, as JSON,
// one verdict for each on stdout.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type input struct {
	Keys          []string
	Notes         [][]byte
	Inclusions    []proof
	Consistencies []proof
}

// A proof that a leaf is at an index of a tree, or that a smaller tree begins a larger one.
type proof struct {
	First, Size int64
	Leaf, Root  []byte
	Hashes      [][]byte
}

type output struct {
	Notes, Inclusions, Consistencies []bool
}

// The first line of a tree of the checksum database, the only origin that Go's parser takes.
const origin = "go.sum database tree\n"

func main() {
	var asked input
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	var known []note.Verifier
	for _, key := range asked.Keys {
		verifier, err := note.NewVerifier(key)
		if err != nil {
			fmt.Fprintln(os.Stderr, key, err)
			os.Exit(2)
		}
		known = append(known, verifier)
	}
	var told output
	for _, text := range asked.Notes {
		told.Notes = append(told.Notes, opens(text, known))
	}
	for _, p := range asked.Inclusions {
		err := tlog.CheckRecord(hashes(p.Hashes), p.Size, hash(p.Root), p.First, hash(p.Leaf))
		told.Inclusions = append(told.Inclusions, err == nil)
	}
	for _, p := range asked.Consistencies {
		err := tlog.CheckTree(hashes(p.Hashes), p.Size, hash(p.Root), p.First, hash(p.Leaf))
		told.Consistencies = append(told.Consistencies, err == nil)
	}
	json.NewEncoder(os.Stdout).Encode(told)
}

// opens tells whether the note is signed by a known key and its text is a tree of some origin.
func opens(text []byte, known []note.Verifier) bool {
	opened, err := note.Open(text, note.VerifierList(known...))
	if err != nil {
		return false
	}
	line, rest, found := bytes.Cut([]byte(opened.Text), []byte("\n"))
	if !found || len(line) == 0 {
		return false
	}
	_, err = tlog.ParseTree(append([]byte(origin), rest...))
	return err == nil
}

func hash(octets []byte) (h tlog.Hash) {
	copy(h[:], octets)
	return h
}

func hashes(all [][]byte) []tlog.Hash {
	var converted []tlog.Hash
	for _, octets := range all {
		converted = append(converted, hash(octets))
	}
	return converted
}
