"""Tests of the console and the frame of the web."""
