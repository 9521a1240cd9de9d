//go:build !linux

package main

// discardTyped does nothing here.
func discardTyped(int) {}
