{ three }: "four after ${three}"
