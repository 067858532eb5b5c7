{ one }: "two after ${one}"
