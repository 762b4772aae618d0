with titles as (

    select
        title_id,
        split_to_array(genres, ',') as genres
    from {{ ref('new_stg_imdb__title_basics') }}
    where genres is not null

)

select
    titles.title_id,
    trim(genre::varchar(64)) as genre
from titles, titles.genres as genre
