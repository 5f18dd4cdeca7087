"""Learners of chaotic dynamics side by side: tasks, trained networks, claims."""
