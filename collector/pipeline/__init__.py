"""THE LINE: frames in, readings and wishes out; pure, `now` is an argument."""
