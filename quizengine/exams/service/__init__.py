"""Use cases of exams: `offer` exams, `sit` them, `answer` questions, `review` what was answered."""
